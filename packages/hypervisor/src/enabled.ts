import { constants } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import type { Evidence, Profile } from './profile.ts';

/** How the host is looked at; what is not there is false or undefined, never an error. */
export interface HostFiles {
  read(path: string): Promise<string | undefined>;
  isDirectory(path: string): Promise<boolean>;
  /** It opens for reading and writing. */
  opens(path: string): Promise<boolean>;
}

/** True on a host where this hypervisor can run guests; libvirtd need not run. */
export async function isHypervisorEnabled(profile: Pick<Profile, 'enabledWhen'>, files: HostFiles = thisHost): Promise<boolean> {
  const found = await Promise.all(profile.enabledWhen.map((evidence) => holds(evidence, files)));
  return found.every(Boolean);
}

async function holds(evidence: Evidence, files: HostFiles): Promise<boolean> {
  if ('directory' in evidence) return files.isDirectory(evidence.directory);
  if ('device' in evidence) return files.opens(evidence.device);
  const text = await files.read(evidence.file);
  return text?.split(/[\s,]+/).includes(evidence.word) ?? false;
}

/** Devices of the hypervisor that udev gives to a group, so that more than root may open them. */
export const sharedDevices = ({
  enabledWhen,
}: Pick<Profile, 'enabledWhen'>): { readonly device: string; readonly group: string }[] =>
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
  opens: async (path) => {
    const handle = await open(path, constants.O_RDWR).catch(() => undefined);
    await handle?.close();
    return handle !== undefined;
  },
};
