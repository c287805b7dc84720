import { isInvalidState, isNotFound } from '@virtstack/libvirt';
import type { GuestState } from '@virtstack/protocol';
import type { Host } from '../host.ts';
import { isActive } from './state.ts';
import { waitForGuest } from './wait.ts';

/** A guest that still boots loses the request, so it is made again. */
const REQUEST_MS = 3_000;
const DESTROY_MS = 60_000;

const isDown = ({ state }: { readonly state: GuestState }): boolean => !isActive(state);

/** Asks the guest to shut down for as long as `graceMs`, then takes its power; answers the state after. */
export const powerOff = async (host: Host, uuid: string, graceMs: number, signal: AbortSignal): Promise<GuestState> => {
  const now = await host.guests.ask(uuid);
  if (isDown(now)) return now.state;
  // A paused guest hears nothing.
  const left = graceMs > 0 && now.state === 'running' ? await shutDown(host, uuid, graceMs, signal) : undefined;
  return left ?? (await destroy(host, uuid));
};

const shutDown = async (host: Host, uuid: string, timeoutMs: number, signal: AbortSignal): Promise<GuestState | undefined> => {
  const request = shutdownRequest(host, uuid);
  request();
  const again = setInterval(request, REQUEST_MS);
  try {
    return (await waitForGuest(host, uuid, isDown, { timeoutMs, signal }))?.state;
  } finally {
    clearInterval(again);
  }
};

/** One request at a time: with one driver it hangs for 60 s where the guest does not react. */
const shutdownRequest = (host: Host, uuid: string): (() => void) => {
  let asking = false;
  return () => {
    if (asking) return;
    asking = true;
    host.libvirt
      .aside((connection) => connection.domains.handle(uuid).shutdown())
      .catch((error: unknown) => {
        if (!isGone(error)) host.log.info({ uuid, error: String(error) }, 'the request to shut down failed');
      })
      .finally(() => {
        asking = false;
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
