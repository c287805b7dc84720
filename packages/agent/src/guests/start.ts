import { LibvirtError } from '@virtstack/libvirt';
import { type GuestState, PeerError } from '@virtstack/protocol';
import type { Host } from '../host.ts';
import { asRefusal } from '../refusal.ts';
import { driverLog } from './driver-log.ts';
import { endStrays } from './strays.ts';
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
    await start(host, uuid);
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

/** Once more where what stood in the way was a domain of this very guest that libvirt does not know. */
const start = async (host: Host, uuid: string): Promise<void> => {
  const once = (): Promise<void> => host.libvirt.now.jobs.domains.handle(uuid).start(0, { timeoutMs: START_MS });
  try {
    await once();
  } catch (error) {
    if (!(error instanceof LibvirtError) || !(await hadStray(host, uuid))) throw error;
    await once();
  }
};

const hadStray = async ({ libvirt, log }: Host, uuid: string): Promise<boolean> => {
  try {
    return (await endStrays(libvirt.now, (each) => each === uuid, log)).length > 0;
  } catch (error) {
    log.warn({ uuid, error: String(error) }, 'what the hypervisor has of a guest that did not start is not known');
    return false;
  }
};

const withDriverLog = async (error: LibvirtError, name: string, since: number): Promise<PeerError> => {
  const { kind, message, detail } = asRefusal(error);
  return new PeerError(kind, message, [detail, await driverLog(name, since)].filter(Boolean).join('\n'));
};
