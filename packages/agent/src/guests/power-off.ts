import { type Connection, isInvalidState, isNotFound } from '@virtstack/libvirt';
import type { GuestState } from '@virtstack/protocol';
import type { Host } from '../host.ts';
import { isActive } from './state.ts';
import { waitForGuest } from './wait.ts';

/** A guest that still boots loses the request, so it is made again where nobody says that it was heard. */
const REQUEST_MS = 3_000;
/** A request that took longer was not heard by the guest. */
const DEAF_MS = 20_000;
const DESTROY_MS = 60_000;

const isDown = ({ state }: { readonly state: GuestState }): boolean => !isActive(state);

/** Asks the guest to shut down for as long as `graceMs`, then takes its power; answers the state after. */
export const powerOff = async (host: Host, uuid: string, graceMs: number, signal: AbortSignal): Promise<GuestState> => {
  const now = await host.guests.ask(uuid);
  if (isDown(now)) return now.state;
  // A paused guest hears nothing, nor does one that has not come past its boot loader.
  const hears = now.state === 'running' && now.bootProblem === undefined;
  const left = graceMs > 0 && hears ? await shutDown(host, uuid, graceMs, signal) : undefined;
  return left ?? (await destroy(host, uuid));
};

const shutDown = async (host: Host, uuid: string, timeoutMs: number, signal: AbortSignal): Promise<GuestState | undefined> => {
  const over = new AbortController();
  const request = shutdownRequest(host, uuid, over.signal);
  request();
  const again = setInterval(request, REQUEST_MS);
  try {
    return (await waitForGuest(host, uuid, isDown, { timeoutMs, signal }))?.state;
  } finally {
    clearInterval(again);
    over.abort();
  }
};

/**
 * One request at a time: one driver waits 60 s where the guest does not react, and is not asked again then, for it does nothing else with the guest
 * meanwhile. Nor is a request made that waited so long for its turn that nobody wants it any more.
 */
const shutdownRequest = (host: Host, uuid: string, wanted: AbortSignal): (() => void) => {
  let asking = false;
  let heard = false;
  const request = async (connection: Connection): Promise<void> => {
    if (wanted.aborted) return;
    await host.guests.hold(uuid, connection.domains.handle(uuid).shutdown());
    heard = host.libvirt.now.profile.shutdownHeard;
  };
  return () => {
    if (asking || heard) return;
    asking = true;
    const since = performance.now();
    host.libvirt
      .aside(request)
      .catch((error: unknown) => {
        if (!isGone(error)) host.log.info({ uuid, error: String(error) }, 'the request to shut down failed');
      })
      .finally(() => {
        asking = performance.now() - since > DEAF_MS;
      });
  };
};

const destroy = async (host: Host, uuid: string): Promise<GuestState> => {
  try {
    await host.libvirt.now.jobs.domains.handle(uuid).destroy(0, { timeoutMs: DESTROY_MS });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return (await host.guests.ask(uuid)).state;
};

const isGone = (error: unknown): boolean => isNotFound(error) || isInvalidState(error);
