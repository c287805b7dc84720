import { agentMethods } from '@virtstack/protocol';
import { sql, type Updateable } from 'kysely';
import type { Tables } from '../db/schema.ts';
import { CloudError } from '../error.ts';
import { raiseAlert } from '../hosts/alert.ts';
import { removeOn } from '../hosts/leftovers.ts';
import { refusalKind } from '../hosts/refusals.ts';
import { recordMachineEvent } from './machine-event.ts';
import { type Asking, type Between, type Whereabouts, whereItRuns } from './where-it-runs.ts';

/** The row of a machine that is between two hosts; undefined: it is not. */
export async function movingMachine({ db }: Asking, machineId: string) {
  const vm = await db
    .selectFrom('virtual_machine')
    .select(['id', 'display_name', 'instance_name', 'account_id', 'domain_id', 'zone_id', 'host_id', 'migration_host_id'])
    .where('id', '=', machineId)
    .where('state', '=', 'Migrating')
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (!vm?.host_id || !vm.migration_host_id) return undefined;
  const between: Between = { machineId, source: vm.host_id, destination: vm.migration_host_id };
  return { ...vm, between };
}
type Moving = NonNullable<Awaited<ReturnType<typeof movingMachine>>>;

/**
 * Ends what was left of a migration: both hosts are asked where the guest is, and that is shown. Nothing is concluded from an answer that was lost. A
 * machine that is not between two hosts is left alone.
 * @throws {CloudError} `unavailable`: nobody can say; it stays Migrating, with its place on both hosts, until one can.
 */
export async function settleMigration(run: Asking, machineId: string, patienceMs: number): Promise<void> {
  const machine = await movingMachine(run, machineId);
  if (!machine) return;
  const found = await whereItRuns(run, machine.between, patienceMs);
  if (found.at === 'destination') return showMoved(run, machine.between);
  if (found.at === 'nowhere') return showFallen(run, machine, found);
  if (found.at === 'unknown') throw await nobodyKnows(run, machine.between, found);
  // It came after all: then it is looked at again.
  if (!(await showStayed(run, machine.between))) return settleMigration(run, machineId, patienceMs);
}

/** It runs where it was: the other host forgets it. Answers false where that says that it is there. */
export async function showStayed(run: Asking, between: Between): Promise<boolean> {
  if (!(await forget(run, between.machineId, between.destination))) return false;
  await conclude(run, between, { state: 'Running' }, { words: 'did not move: it runs where it was', level: 'WARN' });
  return true;
}

/** It runs where it went. */
export async function showMoved(run: Asking, between: Between): Promise<void> {
  const { destination: host_id } = between;
  const patch = { host_id, last_host_id: host_id, power_state: 'running', state: 'Running' };
  await conclude(run, between, patch, { words: 'has moved to another host', level: 'INFO' });
  try {
    await forget(run, between.machineId, between.source);
  } catch (error) {
    run.signal.throwIfAborted();
    // It has moved all the same.
    run.log.warn(
      { err: error, hostId: between.source, machineId: between.machineId },
      'a host kept something of a guest that left',
    );
  }
}

/** Answers false where the guest is there: nothing is forgotten then. */
export async function forget(run: Asking, machineId: string, hostId: string): Promise<boolean> {
  try {
    await removeOn(run, hostId, 'forgetGuest', { uuid: machineId, epoch: run.epoch }, run.signal);
    return true;
  } catch (error) {
    if (refusalKind(error) === 'active') return false;
    throw error;
  }
}

type Told = { readonly words: string; readonly level: 'INFO' | 'WARN' | 'ERROR' };
type Patch = Updateable<Tables['virtual_machine']>;

/** Writes where it is, once. */
async function conclude(
  { db }: Asking,
  { machineId, destination }: Between,
  patch: Patch,
  { words, level }: Told,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const changed = await tx
      .updateTable('virtual_machine')
      .set({ ...patch, migration_host_id: null })
      .set({ state_changed: sql<Date>`clock_timestamp()` })
      .where('id', '=', machineId)
      .where('state', '=', 'Migrating')
      .where('migration_host_id', '=', destination)
      .returning(['id', 'display_name', 'instance_name', 'account_id', 'domain_id'])
      .executeTakeFirst();
    if (!changed) return false;
    const said = `${changed.display_name} (${changed.instance_name}) ${words}`;
    await recordMachineEvent(tx, changed, 'VM.MIGRATE', level, said);
    return true;
  });
}

/** Both hosts say that it does not run. */
async function showFallen(run: Asking, machine: Moving, { said }: Whereabouts): Promise<void> {
  const { between } = machine;
  const last_host_id = said.destination === 'absent' ? between.source : between.destination;
  const patch = { state: 'Stopped', power_state: 'absent', host_id: null, last_host_id };
  const words = 'went down while it was moved to another host: it runs on neither. Start it';
  if (!(await conclude(run, between, patch, { words, level: 'ERROR' }))) return;
  const description = `${machine.display_name} (${machine.instance_name}) ${words}.`;
  await raiseAlert(run.db, { ...migrationAlert, description, zoneId: machine.zone_id, resourceId: machine.id });
  if (said.destination === 'absent') await forget(run, machine.id, between.destination);
}

export const migrationAlert = { type: 'USERVM_MIGRATE', name: 'ALERT.USERVM.MIGRATE' } as const;

/** What is told where neither host's word, nor the want of it, says where the guest is. */
export async function nobodyKnows(
  { db }: Asking,
  { machineId, source, destination }: Between,
  { said }: Whereabouts,
): Promise<CloudError> {
  const machine = await db
    .selectFrom('virtual_machine')
    .select('display_name')
    .where('id', '=', machineId)
    .executeTakeFirstOrThrow();
  const hosts = await db.selectFrom('host').select(['id', 'name']).where('id', 'in', [source, destination]).execute();
  const nameOf = (id: string): string => hosts.find((host) => host.id === id)?.name ?? id;
  const says = (id: string, state: string | undefined): string =>
    state === undefined ? `host ${nameOf(id)} cannot be asked` : `host ${nameOf(id)} says ${state}`;
  const stays =
    'It stays Migrating, and is started nowhere, until that is known: its state is shown as soon as the hosts tell it';
  return new CloudError(
    'unavailable',
    `Nobody can say now on which host ${machine.display_name} runs. ${stays}; ask an admin to look after the hosts.`,
    {
      forAdmins: `Nobody can say now where ${machine.display_name} runs: ${says(source, said.source)}, from which it moves; ${says(destination, said.destination)}, to which it moves. ${stays}. Look at the agents of these hosts (journalctl -u virtstack-agent).`,
      detail: { methods: agentMethods.report.name, said },
    },
  );
}
