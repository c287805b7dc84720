import { type Closing, machinesOn, requireClosing } from '../hosts/maintenance.ts';
import { movableIn } from '../placement/movable.ts';
import { type Child, haveDone, repeated } from './child-jobs.ts';
import { machineJob } from './machine-job.ts';
import { barOf, isLive, localVolumes, type Mover, moverOf } from './migration-destination.ts';
import type { Run } from './saga.ts';

/** How many machines leave a host at once: more would share the same network. */
const atOnce = 3;
/** One that came while another way was being looked for is tried again. */
const tries = 3;
const shown = 10;

type Failed = NonNullable<Child['error']>;

/**
 * Moves every machine away from a host, a few at a time, each by a job of its own. @throws {CloudError} `conflict`: which ones stay, and why; or that it was
 * cancelled.
 */
export async function emptyHost(run: Run, closing: Closing): Promise<void> {
  const failed = new Map<string, Failed>();
  for (let turn = 0; turn < tries; turn++) {
    const here = (await machinesOn(run.db, closing.hostId)).filter(({ id }) => !failed.has(id));
    if (here.length === 0) break;
    await aFewAtOnce(here, async ({ id }) => {
      await requireClosing(run.db, closing);
      const request = machineJob('migrate-virtual-machine', id, { awayFrom: closing.hostId });
      const [child] = await haveDone(run, 'migrateVirtualMachine', [request]);
      if (child?.error) failed.set(id, child.error);
    });
  }
  await requireClosing(run.db, closing);
  const left = await machinesOn(run.db, closing.hostId);
  if (left.length === 0) return;
  throw repeated('conflict', (reader) => {
    const told = left
      .slice(0, shown)
      .map(({ id, display_name, state }) => `${display_name} (${failed.get(id)?.[reader] ?? `it is ${state}`})`);
    const more = left.length - told.length;
    return `The host is closed, and ${left.length} of its virtual machines did not move away: ${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}. They run on. Make room, or stop them; then prepare the host again, or open it again (cancelHostMaintenance).`;
  });
}

/** Waits for all, also where one failed: nothing goes on behind the back of an undo. */
async function aFewAtOnce<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const lanes = Array.from({ length: Math.min(atOnce, items.length) }, async () => {
    for (const item of rest) await act(item);
  });
  const ended = await Promise.allSettled(lanes);
  const failed = ended.find((lane) => lane.status === 'rejected');
  if (failed) throw failed.reason;
}

/** What will become of a host's machines when it is emptied, for admins. */
export async function forecast(run: Run, { hostId }: Closing): Promise<string> {
  const running = (await machinesOn(run.db, hostId)).filter(({ state, host_id }) => state === 'Running' && host_id === hostId);
  if (running.length === 0) return 'nothing runs there';
  // One that stops meanwhile need not be told of.
  const asked = await Promise.allSettled(running.map(({ id }) => moverOf(run, id)));
  const movers = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (movers.length === 0) return 'nothing runs there';
  const movable = await movableIn(run.db, movers[0]!.clusterId);
  const paused: string[] = [];
  const stays: string[] = [];
  for (const mover of movers) {
    const ways = [...movable.keys()].filter((id) => barOf(mover, movable, id) === undefined);
    const local = await localVolumes(run.db, mover.id);
    if (local.length > 0) stays.push(`${mover.name} (${local.join(', ')} is on the host’s own storage)`);
    else if (ways.length === 0) stays.push(`${mover.name} (no other host of the cluster takes it while it runs)`);
    else if (!ways.some((id) => isLive(mover, movable, id))) paused.push(nameAndMemory(mover));
  }
  return [
    `${running.length} virtual machines run there`,
    ...(paused.length > 0 ? [`paused while their memory is copied: ${several(paused)}`] : []),
    ...(stays.length > 0 ? [`cannot move: ${several(stays)}`] : []),
  ].join('; ');
}

const nameAndMemory = ({ name, memoryMiB }: Mover): string => `${name} (${memoryMiB} MiB)`;
const several = (names: readonly string[]): string =>
  names.length > shown ? `${names.slice(0, shown).join(', ')} and ${names.length - shown} more` : names.join(', ');
