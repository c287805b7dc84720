import { domainXml, type Guest } from '@virtstack/hypervisor';
import { VIR_DOMAIN_DEFINE_VALIDATE } from '@virtstack/libvirt';
import { type GuestDocument, PeerError } from '@virtstack/protocol';
import type { Host } from '../host.ts';
import { makeBeside } from './beside.ts';
import { withSockets } from './channels.ts';

/** The last of the slots, far from those that disks get. */
const SEED_SLOT = 25;

/** Makes the seed and the definition; a definition that is there is replaced. */
export const defineGuest = async (host: Host, document: GuestDocument, epoch: number, signal: AbortSignal): Promise<void> => {
  const xml = definition(host, document, epoch);
  await makeBeside(host, document);
  signal.throwIfAborted();
  await host.libvirt.now.jobs.domains.define(xml, VIR_DOMAIN_DEFINE_VALIDATE);
};

/** The guest's definition on this host. @throws {PeerError} `unsupported`: the host's hypervisor cannot do it. */
export const definition = (host: Host, document: GuestDocument, epoch: number): string => {
  const { profile, capabilities } = host.libvirt.now;
  return asXml(() => domainXml(hostsGuest(host, document, epoch), profile, capabilities));
};

/**
 * The guest with what this host adds: the seed's disk, the console's log, the epoch. The seed is not marked read-only: QEMU 7.2 opens an image that
 * is for writing, finds its file for reading only, and leaves the disk out of a paravirtual guest. It is made anew for every start anyway.
 */
const hostsGuest = (host: Host, { seed, ...document }: GuestDocument, epoch: number): Guest => {
  const { uuid, disks } = document;
  const channels = withSockets(document.channels, host.paths.channels(uuid));
  const seedDisk = { slot: SEED_SLOT, path: host.paths.seed(uuid), format: 'raw', readOnly: false } as const;
  if (seed && disks.some(({ slot }) => slot === SEED_SLOT))
    throw new PeerError('invalid', `Slot ${SEED_SLOT} is the seed's; no other disk can have it.`);
  return { ...document, channels, disks: seed ? [...disks, seedDisk] : disks, consoleLog: host.paths.consoleLog(uuid), epoch };
};

/** What the host's hypervisor cannot do is a refusal, not a fault. */
export const asXml = (build: () => string): string => {
  try {
    return build();
  } catch (error) {
    if (error instanceof PeerError) throw error;
    throw new PeerError('unsupported', (error as Error).message);
  }
};
