import { agentMethods } from '@virtstack/protocol';
import { CloudError, wordsFor } from '../error.ts';
import { raiseAlertOnce } from '../hosts/alert.ts';
import { refusalKind } from '../hosts/refusals.ts';
import { readyNetworks } from './boot.ts';
import { guestDocument } from './guest-document.ts';
import { machineResult } from './machine-result.ts';
import { type Destination, moverOf, takeDestination } from './migration-destination.ts';
import { agentPatienceMs, order } from './order.ts';
import { type Run, type Step, saga } from './saga.ts';
import { migrationAlert, movingMachine, nobodyKnows, settleMigration, showMoved, showStayed } from './settle-migration.ts';
import { machineOf } from './stop-virtual-machine.ts';
import { type Between, whereItRuns } from './where-it-runs.ts';

export type Migration = Partial<Destination> & {
  readonly machineId: string;
  /** Where it is to go; absent: to whichever host has room. */
  readonly to?: string;
  /** It is only to leave this host: where it is not there any more, nothing is to be done. */
  readonly awayFrom?: string;
  /** The destination was asked to receive it: from then on a host's word alone says where it is. */
  readonly received?: true;
};
type MigrationStep = Omit<Step<Migration>, 'name'>;

const receiveMs = 120_000;

/** Between which hosts; undefined: nothing is to be done. */
const betweenOf = ({ machineId, source, destination }: Migration): Between | undefined =>
  source && destination ? { machineId, source, destination } : undefined;

/** A place on another host, and shown as Migrating. */
const takePlace: MigrationStep = {
  do: async (run, state): Promise<Partial<Migration>> => {
    if (betweenOf(state)) return {};
    await settleMigration(run, state.machineId, agentPatienceMs);
    if (state.awayFrom !== undefined && !(await isOn(run, state.machineId, state.awayFrom))) return {};
    return takeDestination(run, await moverOf(run, state.machineId), state.to);
  },
  undo: async (run, state) => {
    const machine = await movingMachine(run, state.machineId);
    if (!machine) return;
    if (!state.received && (await showStayed(run, machine.between))) return;
    try {
      await settleMigration(run, state.machineId, 0);
    } catch (error) {
      if (!(error instanceof CloudError) || error.kind !== 'unavailable') throw error;
      const description = wordsFor(true, error);
      await raiseAlertOnce(run.db, { ...migrationAlert, description, zoneId: machine.zone_id, resourceId: machine.id });
    }
  },
};

async function isOn(run: Run, machineId: string, hostId: string): Promise<boolean> {
  const { host_id, state } = await machineOf(run, machineId);
  return host_id === hostId && state !== 'Stopped';
}

const settled = { nothing: 'what the first step took is given back when both hosts have said where the guest is' };

const ready: MigrationStep = {
  do: async (run, { machineId, destination }) => {
    if (destination) await readyNetworks.do(run, { machineId, hostId: destination });
  },
  undo: readyNetworks.undo,
};

/** The destination looks whether it has all that the guest needs, and makes what lies beside it. */
const receive: MigrationStep = {
  do: async (run, { machineId, destination, mode }): Promise<Partial<Migration>> => {
    if (!destination) return {};
    const guest = await guestDocument(run, machineId, destination, mode);
    await order(run, destination, agentMethods.receiveGuest, { guest, epoch: run.epoch }, { timeoutMs: receiveMs });
    return { received: true };
  },
  undo: settled,
};

/** The guest goes. Whatever the answer, or the want of one: where it is then, the hosts say. */
const move: MigrationStep = {
  do: async (run, state) => {
    const between = betweenOf(state);
    if (!between) return;
    const failure = await tryMove(run, between, state.live === true);
    if (failure === undefined) return;
    // Who was waited for already need not be waited for again.
    const found = await whereItRuns(run, between, wasAway(failure) ? 0 : agentPatienceMs);
    if (found.at === 'destination') return;
    if (found.at === 'unknown') throw await nobodyKnows(run, between, found);
    throw failure;
  },
  undo: settled,
};

const wasAway = (failure: CloudError): boolean =>
  failure.kind === 'unavailable' && [undefined, 'disconnected'].includes(refusalKind(failure));

/** Answers why it is not certain that it moved, or nothing. */
async function tryMove(run: Run, { machineId, source, destination }: Between, live: boolean): Promise<CloudError | undefined> {
  const { address } = await run.db.selectFrom('host').select('address').where('id', '=', destination).executeTakeFirstOrThrow();
  const params = { uuid: machineId, address, live, epoch: run.epoch };
  const waitSeconds = await run.settings.number('migratewait');
  try {
    const { state } = await order(run, source, agentMethods.migrateGuest, params, {
      timeoutMs: waitSeconds * 1000,
      onProgress: ({ done, total = 0 }) => run.progress(total > 0 ? (90 * done) / total : 0),
    });
    return state === 'running' ? undefined : wentDown();
  } catch (error) {
    run.signal.throwIfAborted();
    if (refusalKind(error) === 'timeout') return tookTooLong(waitSeconds, error);
    if (error instanceof CloudError) return error;
    throw error;
  }
}
const tookTooLong = (seconds: number, cause: unknown): CloudError =>
  new CloudError(
    'conflict',
    `The virtual machine had not moved after ${seconds} s, and its migration was given up. Move it when it has less to do; an admin gives migrations more time by the setting migratewait (seconds).`,
    { cause },
  );
const wentDown = (): CloudError =>
  new CloudError('conflict', 'The virtual machine went down while it was moved: it runs on neither host. Start it again.');

/** Shown where it is. */
const arrive: MigrationStep = {
  do: async (run, state) => {
    const between = betweenOf(state);
    if (between) await showMoved(run, between);
  },
  undo: { nothing: 'it runs there, and is not moved back' },
};

/** Moves a running machine to another host of its cluster. */
export const migrateVirtualMachine = saga<Migration>('migrate-virtual-machine', { result: machineResult })
  .step('destination', takePlace)
  .step('networks', ready)
  .step('receive', receive)
  .step('move', move)
  .step('arrived', arrive);
