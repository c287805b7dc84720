import { migrationFlags, movableModes, peerUri } from '@virtstack/hypervisor';
import { type Connection, connect, isClosed, isNotFound, parameter } from '@virtstack/libvirt';
import { type GuestState, PeerError, type Progress } from '@virtstack/protocol';
import { modesOf } from '../guests/modes.ts';
import { ownGuest } from '../guests/own.ts';
import { isActive } from '../guests/state.ts';
import type { Host } from '../host.ts';
import { endOfJob } from './job.ts';
import { notMoved } from './not-moved.ts';
import { pkiOf } from './pki.ts';
import { MoveWatch } from './watch.ts';
import { openWay } from './way.ts';

export type Move = { readonly uuid: string; readonly address: string; readonly live: boolean; readonly epoch: number };
type Report = (progress: Progress) => void;

/** libvirt's restart takes seconds; where it stays away nobody can say where the guest is. */
const BACK_MS = 60_000;

/**
 * Moves a guest to the host at `address`; answers the state that it has there, or that of one that does not run here. One that an agent before this one began to
 * move is waited for first: the two libvirts do it, and go on without us.
 * @throws {PeerError} `not-moved`, `aborted`: it is here as before; `unavailable`: libvirt went away meanwhile
 */
export const moveGuest = async (host: Host, move: Move, signal: AbortSignal, progress: Report): Promise<GuestState> => {
  const { uuid, epoch } = move;
  const connection = await connect(host.libvirt.now.address);
  try {
    const waited = await endOfJob(connection.domains.handle(uuid), signal, progress);
    const { state } = await ownGuest(host, uuid, epoch, signal);
    // It was on its way when we came, and has arrived.
    if (state === 'absent' && waited) return 'running';
    if (!isActive(state)) return state;
    await perform(host, connection, move, signal, progress);
    return state;
  } finally {
    // That the definition went, too, is nothing of which libvirt tells.
    host.guests.refresh(uuid);
    await connection.close();
  }
};

const perform = async (host: Host, connection: Connection, move: Move, signal: AbortSignal, progress: Report): Promise<void> => {
  const { uuid, address, live } = move;
  const { profile } = host.libvirt.now;
  const to = peerUri(profile, address, await pkiFor(host, move));
  signal.throwIfAborted();
  const domain = connection.domains.handle(uuid);
  const log = host.log.child({ uuid, address });
  const way = profile.migration?.carried ? await openWay(uuid, address, { tls: host.tls }) : undefined;
  const watch = new MoveWatch(domain, { abortable: profile.migration?.abortable ?? false, signal, progress, log });
  try {
    const params = way ? [parameter.string('migrate_uri', way.uri)] : [];
    await domain.migrate(to, params, migrationFlags(profile, live), { timeoutMs: 0 });
  } catch (error) {
    if (isClosed(error)) return await whatCameOfIt(host, uuid, signal);
    throw watch.reason instanceof PeerError ? watch.reason : notMoved(error, address, way?.trouble);
  } finally {
    watch.close();
    way?.close();
  }
};

/** @throws {PeerError} `unsupported`: this host moves none, or not this one, or not in this way */
const pkiFor = async (host: Host, { uuid, live }: Move): Promise<string> => {
  const attachment = host.libvirt.now;
  const { profile, capabilities } = attachment;
  const pki = pkiOf(host.config);
  if (!profile.migration || pki === undefined)
    throw new PeerError(
      'unsupported',
      'Guests of this host do not move: the server did not set up its libvirt for it (addHost does).',
    );
  const movable = movableModes(profile, capabilities);
  const { now } = await modesOf(attachment, uuid);
  if (live && now !== undefined && !movable.live.some((mode) => mode === now))
    throw new PeerError('unsupported', `A guest in mode ${now} moves from this host only while it is paused.`);
  return pki;
};

/** Our libvirt ended in the midst of it, and says where the guest is when it is back. */
const whatCameOfIt = async (host: Host, uuid: string, signal: AbortSignal): Promise<void> => {
  await host.libvirt.whenUp(AbortSignal.any([host.stop, AbortSignal.timeout(BACK_MS)])).catch(() => {});
  const connection = await connect(host.libvirt.now.address);
  try {
    const domain = connection.domains.handle(uuid);
    await endOfJob(domain, signal, () => {});
    await domain.info();
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  } finally {
    await connection.close();
  }
  throw new PeerError('not-moved', 'The guest did not move: libvirt on this host ended meanwhile. It is here.');
};
