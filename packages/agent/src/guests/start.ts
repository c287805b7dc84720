import { LibvirtError } from '@virtstack/libvirt';
import { type GuestState, PeerError } from '@virtstack/protocol';
import type { Host } from '../host.ts';
import { asRefusal } from '../refusal.ts';
import { driverLog } from './driver-log.ts';
import { waitForGuest } from './wait.ts';

const START_MS = 110_000;
const RUNNING_MS = 10_000;

/**
 * Starts a defined guest and waits until it runs.
 * @throws {PeerError} with libvirt's message, and in its detail what the driver wrote.
 */
export const startDefined = async (host: Host, uuid: string, name: string, signal: AbortSignal): Promise<GuestState> => {
  const since = Date.now();
  try {
    await host.libvirt.now.jobs.domains.handle(uuid).start(0, { timeoutMs: START_MS });
  } catch (error) {
    throw error instanceof LibvirtError ? await withDriverLog(error, name, since) : error;
  }
  const found = await waitForGuest(host, uuid, ({ state }) => state !== 'unknown', { timeoutMs: RUNNING_MS, signal });
  if (found?.state === 'running' || found?.state === 'paused') return found.state;
  const log = await driverLog(name, since);
  throw new PeerError(
    'start-failed',
    `The guest started and is already ${found?.state ?? 'unknown'} (${found?.reason ?? 'no reason given'}).`,
    log,
  );
};

const withDriverLog = async (error: LibvirtError, name: string, since: number): Promise<PeerError> => {
  const { kind, message, detail } = asRefusal(error);
  return new PeerError(kind, message, [detail, await driverLog(name, since)].filter(Boolean).join('\n'));
};
