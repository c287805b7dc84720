import { type MinimumVersion, versionProblems } from '@virtstack/hypervisor';
import { firstVersion } from '../../facts/versions.ts';
import { readIfThere } from '../../system/files.ts';
import { candidates, installedPackages, upstream } from '../apt.ts';
import { SetupError } from '../setup-error.ts';
import type { Check } from './check.ts';

type Seen = { readonly of: MinimumVersion['of']; readonly name: string; readonly version: string; readonly where: string };

/** Of what is there already, and where it is not, of what would be installed. */
export const versions: Check = {
  name: 'look at versions',
  look: async ({ profile }) => {
    const [installed, offered] = [await installedPackages(), await candidates(profile.minimum.map((minimum) => minimum.package))];
    const seen = await Promise.all(profile.minimum.map((minimum) => see(minimum, installed, offered)));
    const missing = seen.flatMap((each) => ('missing' in each ? [`No source of apt has the package ${each.missing}.`] : []));
    const found = seen.filter((each) => 'version' in each);
    const problems = versionProblems(profile, Object.fromEntries(found.map(({ of, version }) => [of, version])));
    if (missing.length + problems.length > 0)
      throw new SetupError(
        [...missing, ...problems].join(' '),
        missing.length > 0
          ? 'apt-get update. On Ubuntu the component universe must be among the sources (add-apt-repository universe).'
          : 'Upgrade the host: Debian 12 and Ubuntu 24.04 are new enough.',
      );
    return found.map(({ name, version, where }) => `${name} ${version} (${where})`).join(', ');
  },
};

type Versions = ReadonlyMap<string, string>;

const see = async (
  minimum: MinimumVersion,
  installed: Versions,
  offered: Versions,
): Promise<Seen | { readonly missing: string }> => {
  const { of, name, files = [], programs = [] } = minimum;
  const seen = (version: string, where: string): Seen => ({ of, name, version, where });
  const parts = await Promise.all(files.map(readIfThere));
  if (parts.length > 0 && parts.every((part) => part !== undefined))
    return seen(parts.map((part) => part.trim()).join('.'), 'running');
  const there = installed.get(minimum.package);
  if (there !== undefined) return seen(upstream(there), 'installed');
  const told = await firstVersion(programs);
  if (told !== undefined) return seen(told, 'installed');
  const offer = offered.get(minimum.package);
  return offer === undefined ? { missing: minimum.package } : seen(upstream(offer), 'to be installed');
};
