import { setTimeout as delay } from 'node:timers/promises';
import { agentMethods, type GuestState } from '@virtstack/protocol';
import { isCloudError } from '../error.ts';
import type { Run } from './saga.ts';

/** Who asks hosts and has them forget: a job's run, or whoever brings what they say and what the cloud knows together. */
export type Asking = Omit<Run, 'jobId' | 'progress'>;
/** A machine between two hosts. */
export type Between = { readonly machineId: string; readonly source: string; readonly destination: string };
/** What each host says of the guest; undefined: it cannot be asked. */
type Said = { readonly source: GuestState | undefined; readonly destination: GuestState | undefined };
export type Whereabouts = {
  /** `unknown`: a host that may run it cannot be asked, or it is still on its way. */
  readonly at: 'source' | 'destination' | 'nowhere' | 'unknown';
  readonly said: Said;
};

const askMs = 10_000;
const pauseMs = 250;

/** Asks both hosts where a guest is, again for as long as nothing can be concluded from what they say. */
export async function whereItRuns(run: Asking, between: Between, patienceMs: number): Promise<Whereabouts> {
  for (const giveUp = Date.now() + patienceMs; ; ) {
    const [source, destination] = await Promise.all([
      stateOn(run, between.source, between.machineId),
      stateOn(run, between.destination, between.machineId),
    ]);
    const said: Said = { source, destination };
    const at = concluded(said);
    if (at !== 'unknown' || Date.now() >= giveUp) return { at, said };
    await delay(pauseMs, undefined, { signal: run.signal });
  }
}

const isUp = (state: GuestState | undefined): boolean => state === 'running' || state === 'paused';
const isDown = (state: GuestState | undefined): boolean => state !== undefined && !isUp(state);

/**
 * Where a guest is after its migration ended, however it did. One that comes is paused at the destination until it has left the source: that it runs there
 * says that it arrived, and that it runs at the source that it did not.
 */
export function concluded({ source, destination }: Said): Whereabouts['at'] {
  if (destination === 'running') return source === 'running' ? 'unknown' : 'destination';
  if (source === 'running') return destination === 'paused' ? 'unknown' : 'source';
  if (isDown(source) && isUp(destination)) return 'destination';
  if (isUp(source) && isDown(destination)) return 'source';
  return isDown(source) && isDown(destination) ? 'nowhere' : 'unknown';
}

async function stateOn({ agents, signal }: Asking, hostId: string, machineId: string): Promise<GuestState | undefined> {
  try {
    const { guests } = await agents.call(hostId, agentMethods.report, {}, { timeoutMs: askMs, signal });
    const state = guests.find(({ uuid }) => uuid === machineId)?.state ?? 'absent';
    return state === 'unknown' ? undefined : state;
  } catch (error) {
    signal.throwIfAborted();
    if (!isCloudError(error)) throw error;
    return undefined;
  }
}
