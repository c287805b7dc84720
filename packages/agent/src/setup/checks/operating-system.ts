import { operatingSystem as prettyName } from '../../facts/machine.ts';
import { exists, readIfThere } from '../../system/files.ts';
import { SetupError } from '../setup-error.ts';
import type { Check } from './check.ts';

const supported: Readonly<Record<string, string>> = { debian: 'Debian', ubuntu: 'Ubuntu' };

/** Packages are installed by its manager, under its names. */
export const operatingSystem: Check = {
  name: 'look at the operating system',
  look: async () => {
    const name = await prettyName();
    const id = systemId((await readIfThere('/etc/os-release')) ?? (await readIfThere('/usr/lib/os-release')) ?? '');
    if (!Object.hasOwn(supported, id))
      throw new SetupError(
        `The operating system is ${name}; supported are ${Object.values(supported).join(' and ')}.`,
        'Install Debian 12 or newer, or Ubuntu 24.04 or newer, on the host.',
      );
    if (!(await exists('/run/systemd/system')))
      throw new SetupError(
        'systemd does not run on this host: the agent and libvirt are kept running by it.',
        'Boot the host with systemd as its init (Debian’s package systemd-sysv).',
      );
    return name;
  },
};

/** The word by which a system knows itself in its os-release. */
export const systemId = (osRelease: string): string => /^ID="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? '';
