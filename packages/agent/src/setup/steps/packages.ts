import { hostPackages } from '@virtstack/hypervisor';
import type { SetupRequest } from '@virtstack/protocol';
import { apt, installedPackages, lastWords, packagesThere } from '../apt.ts';
import type { Findings } from '../found.ts';
import { definedGuests, namesIn } from '../guests.ts';
import { SetupError } from '../setup-error.ts';
import type { Step } from './step.ts';

export const packages: Step<SetupRequest<'prepare'>> = {
  name: 'install packages',
  do: ({ findings, profile }) => installMissing(findings, [...new Set([...hostPackages, ...profile.packages])]),
  undo: { name: 'remove packages', do: ({ findings }) => removeAdded(findings) },
};

const notInstalled = async (names: readonly string[]): Promise<string[]> => {
  const installed = await installedPackages();
  return names.filter((name) => !installed.has(name));
};

/** Installs those that are missing, and what they need. Nothing is removed for it. @throws {SetupError} with apt's own words. */
export const installMissing = async (findings: Findings, names: readonly string[]): Promise<string> => {
  const missing = await notInstalled(names);
  if (missing.length === 0) return `all ${names.length} are there`;
  let stale = '';
  try {
    // Cut off in the middle of our own installation; an admin's is left to him.
    if (findings.now.packages.length > 0) await apt.configure();
    stale = await apt.update().then(
      () => '',
      (error: unknown) => ` (apt-get update: ${lastWords(error)})`,
    );
    const { added, removed } = await apt.planInstall(missing);
    if (removed.length > 0)
      throw new SetupError(
        `apt would remove ${removed.join(', ')} in order to install ${missing.join(', ')}.`,
        'Nothing is removed by itself: install these packages by hand, then repeat.',
      );
    await findings.rememberPackages(added);
    await apt.install(missing);
    return `installed ${added.length}: ${added.join(' ')}`;
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError(
      `${missing.join(' ')} could not be installed: ${lastWords(error)}${stale}`,
      `Mend it on the host (apt-get update && apt-get install ${missing.join(' ')}), then repeat.`,
    );
  }
};

/** Removes what was installed by `installMissing`, as far as nobody needs it; says what stays, and why. */
export const removeAdded = async (findings: Findings): Promise<string> => {
  const there = await packagesThere();
  const ours = findings.now.packages.filter((name) => there.has(name));
  if (ours.length === 0) return 'none had been installed';
  const use = await inUse();
  if (use !== undefined) return `all ${ours.length} stay, for ${use}: ${ours.join(' ')}`;
  // Cut off in the middle; what cannot be finished can be removed all the same.
  await apt.configure().catch(() => {});
  await apt.markUnwanted(ours);
  const unneeded = new Set((await apt.planUnneeded()).removed);
  const removable = ours.filter((name) => unneeded.has(name));
  const stays = ours.filter((name) => !unneeded.has(name));
  const needed = stays.length > 0 ? `; ${stays.join(' ')} stay, for other packages need them` : '';
  if (removable.length === 0) return `none was removed${needed}`;
  const others = (await apt.planPurge(removable)).removed.filter((name) => !removable.includes(name));
  if (others.length > 0) return `none was removed, for ${others.join(', ')} would go with them: ${ours.join(' ')}`;
  await apt.purge(removable);
  return `removed ${removable.length}: ${removable.join(' ')}${needed}`;
};

const pools = '/etc/libvirt/storage';

/** For what libvirt is needed on this host without us. */
const inUse = async (): Promise<string | undefined> => {
  const guests = await definedGuests();
  if (guests.length > 0) return `guests are defined on the host (${guests.join(', ')})`;
  const storage = (await namesIn(pools)).filter((name) => name.endsWith('.xml'));
  return storage.length > 0 ? `storage pools are defined in libvirt (${storage.join(', ')})` : undefined;
};
