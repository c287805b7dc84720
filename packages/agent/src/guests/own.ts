import { PeerError } from '@virtstack/protocol';
import type { Host } from '../host.ts';
import type { Described } from './describe.ts';
import { waitForGuest } from './wait.ts';

/** A driver may wait so long for a guest that does not answer a request, and can do nothing else with it meanwhile. */
const HELD_MS = 65_000;

/**
 * Looks at a guest before it is changed, as soon as libvirt answers for it.
 * @throws {PeerError} `foreign`: this cloud did not make it; `stale-epoch`: a newer order defined it; `unavailable`: libvirt hangs on it.
 */
export const ownGuest = async (host: Host, uuid: string, epoch: number, signal = host.stop): Promise<Described> => {
  const found = await askPatiently(host, uuid, signal);
  if (found.state === 'absent') return found;
  if (found.state === 'unknown')
    throw new PeerError(
      'unavailable',
      `libvirt does not answer for the domain ${found.name || uuid}: ${found.reason ?? 'its state is unknown'}.`,
    );
  if (!found.ours)
    throw new PeerError('foreign', `The domain ${found.name} (${uuid}) was not made by this cloud; it is left alone.`);
  if (found.epoch !== undefined) {
    host.epochs.see(uuid, found.epoch);
    host.epochs.check(uuid, epoch);
  }
  return found;
};

const askPatiently = async (host: Host, uuid: string, signal: AbortSignal): Promise<Described> => {
  const found = await host.guests.ask(uuid);
  if (found.state !== 'unknown') return found;
  await waitForGuest(host, uuid, ({ state }) => state !== 'unknown', { timeoutMs: HELD_MS, signal });
  return host.guests.ask(uuid);
};
