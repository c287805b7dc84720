import { movableModes } from '@virtstack/hypervisor';
import { isNotFound } from '@virtstack/libvirt';
import { type GuestDocument, PeerError } from '@virtstack/protocol';
import { bridges } from '../facts/machine.ts';
import { makeBeside } from '../guests/beside.ts';
import { definition } from '../guests/define.ts';
import { ownGuest } from '../guests/own.ts';
import { isActive } from '../guests/state.ts';
import type { Host } from '../host.ts';
import { exists } from '../system/files.ts';
import { pkiOf } from './pki.ts';

/**
 * Makes this host ready for a guest from another, and looks at all that it needs here.
 * @throws {PeerError} `active`: it is here; `conflict`: another has its name; `storage-away`, `no-disk`, `no-bridge`, `unsupported`
 */
export const receive = async (host: Host, guest: GuestDocument, epoch: number, signal: AbortSignal): Promise<void> => {
  const { state } = await ownGuest(host, guest.uuid, epoch, signal);
  if (isActive(state))
    throw new PeerError('active', `The guest ${guest.name} (${guest.uuid}) is on this host already: ${state}.`);
  await nameIsFree(host, guest);
  movable(host);
  await disksAreHere(host, guest);
  await bridgesAreHere(guest);
  definition(host, guest, epoch);
  signal.throwIfAborted();
  // What it said here in an earlier run is not of this one.
  await host.consoles.remove(guest.uuid);
  await makeBeside(host, guest);
  if (host.libvirt.now.profile.migration?.carried) await host.door.expect(guest.uuid);
};

const nameIsFree = async (host: Host, { name, uuid }: GuestDocument): Promise<void> => {
  const other = await host.libvirt.now.queries.domains.byName(name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (other && other.uuid !== uuid)
    throw new PeerError(
      'conflict',
      `Another domain (${other.uuid}) has the name ${name} on this host. Rename one of them: virsh domrename.`,
    );
};

const movable = (host: Host): void => {
  const { profile, capabilities } = host.libvirt.now;
  if (movableModes(profile, capabilities).paused.length === 0 || pkiOf(host.config) === undefined)
    throw new PeerError(
      'unsupported',
      'No guest moves to this host: the server did not set up its libvirt for it (addHost does).',
    );
};

const disksAreHere = async (host: Host, { disks }: GuestDocument): Promise<void> => {
  for (const { path } of disks) {
    await host.pools.requireReady(path);
    if (!(await exists(path)))
      throw new PeerError(
        'no-disk',
        `There is no ${path} on this host: a guest moves only where all of its disks are on storage that both hosts have.`,
      );
  }
};

const bridgesAreHere = async ({ nics }: GuestDocument): Promise<void> => {
  const there = await bridges();
  const missing = [...new Set(nics.map(({ bridge }) => bridge))].filter((bridge) => !there.includes(bridge));
  if (missing.length > 0)
    throw new PeerError('no-bridge', `This host has no bridge ${missing.join(', ')}; it has ${there.join(', ') || 'none'}.`);
};
