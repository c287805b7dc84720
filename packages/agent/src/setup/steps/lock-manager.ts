import type { SetupRequest } from '@virtstack/protocol';
import { readIfThere } from '../../system/files.ts';
import { settings, withoutBlock } from '../conf-block.ts';
import { addLines, takeLinesBack } from '../conf-file.ts';
import { guestsOf, namesOf } from '../guests.ts';
import { libvirtAnswers } from '../libvirt-daemon.ts';
import { systemctl, unitState } from '../units.ts';
import type { Changed, Step } from './step.ts';

const line = 'lock_manager = "lockd"';

/** libvirt locks a guest's disks while it runs: no second guest, on no host, opens them. */
export const lockManager: Step<SetupRequest<'prepare'>> = {
  name: 'keep guests from running twice',
  do: async (host) => {
    const { profile, findings } = host;
    const { configuration } = profile;
    if (configuration === undefined) return 'this hypervisor’s driver has no lock manager';
    const text = (await readIfThere(configuration)) ?? '';
    const before = settings(withoutBlock(text)).get('lock_manager');
    if (before !== undefined) return `the host has one already: lock_manager = ${before}`;
    if (findings.now.applied.includes(configuration)) return 'it is on';
    // A guest that was started without has no lock, and could not be resumed if another had taken it meanwhile.
    const running = (await guestsOf(profile)).filter((guest) => guest.running);
    if (running.length > 0)
      return `it stays off, for guests run that were started without: ${namesOf(running)}. Shut them down and repeat, to switch it on`;
    await addLines(findings, configuration, [line]);
    await restart(host);
    await findings.applied(configuration, true);
    return `${line} in ${configuration}`;
  },
  undo: { name: 'leave the lock manager as it was', do: (host) => off(host) },
};

const off = async (host: Changed): Promise<string> => {
  const { profile, findings } = host;
  const { configuration } = profile;
  if (configuration === undefined || !(configuration in findings.now.files)) return 'it was not changed';
  const running = await guestsOf(profile).then(
    (guests) => guests.filter((guest) => guest.running),
    () => [],
  );
  if (running.length > 0)
    return `it stays on, for guests run whose disks are locked: ${namesOf(running)}. Its lines: ${configuration}`;
  await takeLinesBack(findings, configuration);
  if ((await unitState((await host.daemon()).service)).active) await restart(host);
  await findings.applied(configuration, false);
  return `${configuration} is as it was`;
};

const restart = async ({ profile, daemon }: Changed): Promise<void> => {
  const { service } = await daemon();
  await systemctl('restart', service);
  await libvirtAnswers(profile, service);
};
