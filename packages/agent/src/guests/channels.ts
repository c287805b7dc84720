import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Guest } from '@virtstack/hypervisor';
import type { GuestDocument } from '@virtstack/protocol';

/** The guest's channels with their sockets, which libvirt makes. The names there are short: a socket's path may have 107 bytes, a channel's name 64. */
export const withSockets = (channels: GuestDocument['channels'], directory: string): Guest['channels'] =>
  channels.map(({ name }) => ({ name, path: join(directory, createHash('sha256').update(name).digest('hex').slice(0, 8)) }));
