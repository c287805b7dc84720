import { constants } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import type { Evidence, Profile, Trouble } from './profile.ts';

/** How the host is looked at; what is not there is false or undefined, never an error. */
export interface HostFiles {
  read(path: string): Promise<string | undefined>;
  isDirectory(path: string): Promise<boolean>;
  exists(path: string): Promise<boolean>;
  /** It opens for reading and writing. */
  opens(path: string): Promise<boolean>;
}

type Needs = Pick<Profile, 'enabledWhen'>;

/** True on a host where this hypervisor can run guests; libvirtd need not run. */
export const isHypervisorEnabled = async (profile: Needs, files: HostFiles = thisHost): Promise<boolean> =>
  (await enabledTrouble(profile, files)) === undefined;

/** Why this hypervisor cannot run guests on the host: the first of its needs that does not hold; undefined where all do. */
export async function enabledTrouble({ enabledWhen }: Needs, files: HostFiles = thisHost): Promise<Trouble | undefined> {
  for (const evidence of enabledWhen) if (!(await holds(evidence, files))) return evidence.otherwise;
  return undefined;
}

/** Whose the host is already, whichever hypervisor is wanted of it: the first thing there that a profile does not bear; undefined where none is. */
export const otherOwner = (profiles: readonly Needs[], files: HostFiles = thisHost): Promise<Trouble | undefined> =>
  enabledTrouble({ enabledWhen: profiles.flatMap(({ enabledWhen }) => enabledWhen.filter((each) => 'absent' in each)) }, files);

async function holds(evidence: Evidence, files: HostFiles): Promise<boolean> {
  if ('directory' in evidence) return files.isDirectory(evidence.directory);
  if ('device' in evidence) return files.opens(evidence.device);
  if ('absent' in evidence) return !(await files.exists(evidence.absent));
  const text = await files.read(evidence.file);
  return text?.split(/[\s,]+/).includes(evidence.word) ?? false;
}

/** Devices of the hypervisor that udev gives to a group, so that more than root may open them. */
export const sharedDevices = ({ enabledWhen }: Needs): { readonly device: string; readonly group: string }[] =>
  enabledWhen.flatMap((evidence) =>
    'device' in evidence && evidence.group ? [{ device: evidence.device, group: evidence.group }] : [],
  );

const thisHost: HostFiles = {
  read: (path) => readFile(path, 'utf8').catch(() => undefined),
  isDirectory: (path) =>
    stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    ),
  exists: (path) =>
    stat(path).then(
      () => true,
      () => false,
    ),
  opens: async (path) => {
    const handle = await open(path, constants.O_RDWR).catch(() => undefined);
    await handle?.close();
    return handle !== undefined;
  },
};
