import { mkdir, rm } from 'node:fs/promises';
import type { GuestDocument } from '@virtstack/protocol';
import type { Host } from '../host.ts';
import { writeSeed } from './seed.ts';

/** What the agent keeps beside a guest on its host: its seed, and the directory of its channels' sockets. */
export const makeBeside = async (host: Host, { uuid, seed, channels }: GuestDocument): Promise<void> => {
  if (seed) await writeSeed(host.paths.seed(uuid), seed);
  // libvirt opens a channel's socket as root: the process that runs a guest need not come in, and that of another guest cannot.
  if (channels.length > 0) await mkdir(host.paths.channels(uuid), { recursive: true, mode: 0o700 });
};

/** All of it goes, with what the guest said on its console. */
export const removeBeside = async (host: Host, uuid: string): Promise<void> => {
  await rm(host.paths.seed(uuid), { force: true });
  await host.consoles.remove(uuid);
  await rm(host.paths.channels(uuid), { recursive: true, force: true });
};
