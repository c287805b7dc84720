import { agentMethods } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { CloudError, isCloudError, wordsFor } from '../error.ts';
import { agentPatienceMs, order } from '../orchestration/order.ts';
import { patiently } from '../orchestration/patiently.ts';
import type { Run } from '../orchestration/saga.ts';
import { raiseAlert } from './alert.ts';
import { hostChannel } from './channel.ts';
import { revokeFor } from './setup/certify.ts';
import { leaveByHand } from './setup/prepare-host.ts';
import { tell } from './setup/tell.ts';
import { forgetHostKeys } from './ssh/host-keys.ts';

/** A host that is being deleted: what its job carries. */
export type Deleting = {
  readonly hostId: string;
  readonly forced: boolean;
  /** With the volumes on its own storage. */
  readonly withStorage: boolean;
  /** As it was before. */
  readonly resourceState: string;
  /** Machines that were on it and are known to be down. */
  readonly down?: readonly string[];
  /** What is left on the host, and how to end that. */
  readonly left?: string;
};
type Named = { readonly id: string; readonly name: string };

const leaveMs = 60_000;
const powerOffMs = 60_000;
/** The step of the job in which the host is asked. */
export const leaveStep = 'leave';

/** Guests keep a host unless it is forced; volumes on its own storage do so even then, unless they may be lost. @throws {CloudError} `in-use` */
export async function refuseWhileInUse(
  db: Database,
  { id, name }: Named,
  { forced, withStorage }: Pick<Deleting, 'forced' | 'withStorage'>,
): Promise<void> {
  const guests = await db
    .selectFrom('virtual_machine')
    .select('display_name')
    .where((eb) => eb.or([eb('host_id', '=', id), eb('migration_host_id', '=', id)]))
    .where('removed', 'is', null)
    .execute();
  if (guests.length > 0 && !forced)
    throw new CloudError(
      'in-use',
      `${guests.length} virtual machines are on host ${name} (${namesOf(guests)}). Stop them first, or give forced=true.`,
    );
  const volumes = await db
    .selectFrom('volume as v')
    .innerJoin('storage_pool as p', 'p.id', 'v.storage_pool_id')
    .select('v.id')
    .where('p.host_id', '=', id)
    .where('v.removed', 'is', null)
    .execute();
  if (volumes.length > 0 && !withStorage)
    throw new CloudError(
      'in-use',
      `${volumes.length} volumes are on the storage of host ${name} itself. Expunge their machines first, or give forcedestroylocalstorage=true to lose them.`,
    );
}

export const notReached = ({ name }: Pick<Named, 'name'>): CloudError =>
  new CloudError(
    'unavailable',
    `The agent of host ${name} is not connected, so it cannot make the host what it was before. Bring the host back, or give forced=true and afterwards run there: ${leaveByHand}`,
  );

/** From now on no guest comes there. */
export async function close({ db }: Run, { hostId, ...how }: Deleting): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const host = await liveHost(tx, hostId);
    if (!host) return;
    await refuseWhileInUse(tx, host, how);
    await tx.updateTable('host').set({ resource_state: 'Disabled' }).where('id', '=', hostId).execute();
  });
}

/** Unless somebody enabled it meanwhile. */
export async function reopen({ db }: Run, { hostId, resourceState }: Deleting): Promise<void> {
  await db
    .updateTable('host')
    .set({ resource_state: resourceState })
    .where('id', '=', hostId)
    .where('resource_state', '=', 'Disabled')
    .execute();
}

/**
 * A host that can be asked powers its guests off before the cloud forgets it: they may be started elsewhere from then on, and none may run twice. Of one that
 * cannot be asked the admin who forces the deletion says that it is off.
 */
export async function stopGuests(run: Run, { hostId }: Deleting): Promise<Partial<Deleting>> {
  const machines = await guestsOf(run.db, hostId);
  if (machines.length === 0 || !(await run.agents.connected(hostId))) return { down: [] };
  for (const { id: uuid } of machines) {
    const off = { uuid, forced: true, timeoutSeconds: 0, epoch: run.epoch };
    await order(run, hostId, agentMethods.stopGuest, off, { timeoutMs: powerOffMs });
  }
  return { down: machines.map(({ id }) => id) };
}

const guestsOf = (db: Database, hostId: string) =>
  db
    .selectFrom('virtual_machine')
    .select(['id', 'display_name'])
    .where('host_id', '=', hostId)
    .where('removed', 'is', null)
    .execute();

/** A host that the server set up is made what it was; one that cannot be is, where the deletion is forced, told of. */
export async function leave(run: Run, { hostId, forced }: Deleting): Promise<Partial<Deleting>> {
  const host = await run.db
    .selectFrom('host')
    .select(['name', 'address', 'set_up', 'zone_id'])
    .where('id', '=', hostId)
    .executeTakeFirst();
  if (!host?.set_up) return {};
  try {
    await tell(run, `host ${host.address}: leave`);
    const ask = () => run.agents.call(hostId, agentMethods.leave, {}, { timeoutMs: leaveMs, signal: run.signal });
    // Agents that come back to a server that was restarted need a moment; one that was asked before may be gone for good.
    const mayComeBack = (await beganBefore(run, 'close')) && !(await beganBefore(run));
    await (mayComeBack ? patiently(run, agentPatienceMs, ask) : ask());
    return {};
  } catch (error) {
    run.signal.throwIfAborted();
    if (!isCloudError(error)) throw error;
    const askedBefore = error.kind === 'unavailable' && (await beganBefore(run));
    if (!forced && !askedBefore) throw error;
    const left = askedBefore
      ? `The host ${host.name} (${host.address}) was asked to become what it was before, then the management server was restarted. If virtstack's agent is still there, run on the host: ${leaveByHand}`
      : `The host ${host.name} (${host.address}) could not be made what it was before: ${wordsFor(true, error)} virtstack's agent and what was installed for it are still there. Run on the host: ${leaveByHand}`;
    await tell(run, left, 'ERROR');
    await raiseAlert(run.db, { type: 'HOST', name: 'ALERT.HOST', description: left, zoneId: host.zone_id, resourceId: hostId });
    return { left };
  }
}

/** An earlier run of this job, on a server that was killed, began this step: to ask the host, where none is named. */
async function beganBefore({ db, jobId, epoch }: Run, step: string = leaveStep): Promise<boolean> {
  const earlier = await db
    .selectFrom('job_step')
    .select('id')
    .where('job_id', '=', jobId)
    .where('name', '=', step)
    .where('direction', '=', 'do')
    .where('epoch', '<', epoch)
    .executeTakeFirst();
  return earlier !== undefined;
}

/** The cloud knows it no more. */
export async function remove({ db }: Run, { hostId, down = [], left }: Deleting): Promise<Partial<Deleting>> {
  return db.transaction().execute(async (tx) => {
    const host = await liveHost(tx, hostId);
    if (!host) return {};
    const unsure = (await guestsOf(tx, hostId)).filter(({ id }) => !down.includes(id));
    await forgetMoves(tx, hostId);
    await tx
      .updateTable('virtual_machine')
      .set({
        ...{ host_id: null, state: 'Stopped', state_changed: sql<Date>`clock_timestamp()` },
        power_state: sql<string>`case when id = any(${down}::uuid[]) then 'shutoff' else 'unknown' end`,
      })
      .where('host_id', '=', hostId)
      .where('removed', 'is', null)
      .execute();
    await tx
      .updateTable('storage_pool')
      .set({ removed: new Date() })
      .where('host_id', '=', hostId)
      .where('removed', 'is', null)
      .execute();
    await tx.updateTable('host').set({ removed: new Date(), status: 'Removed' }).where('id', '=', hostId).execute();
    if (host.set_up) await revokeFor(tx, host.guid);
    await forgetHostKeys(tx, host.address);
    await sql`select pg_notify(${hostChannel}, ${host.guid})`.execute(tx);
    if (unsure.length === 0) return {};
    const description = mayRunThere(host, unsure);
    await raiseAlert(tx, { type: 'HOST', name: 'ALERT.HOST', description, zoneId: host.zone_id, resourceId: hostId });
    return { left: [left, description].filter(Boolean).join(' ') };
  });
}

const mayRunThere = ({ name }: Named, machines: readonly { readonly display_name: string }[]): string =>
  `${machines.length} virtual machines were on host ${name}, which could not be asked to power them off (${namesOf(machines)}). They are shown as Stopped and may be started elsewhere: make sure first that the host is off, or stays off the storage.`;
const namesOf = (machines: readonly { readonly display_name: string }[]): string =>
  `${machines
    .slice(0, 3)
    .map((machine) => machine.display_name)
    .join(', ')}${machines.length > 3 ? ' …' : ''}`;

/** Machines that were on their way from or to it: what did not go there is where it was, and what was to leave it may run where it was going. */
async function forgetMoves(tx: Database, hostId: string): Promise<void> {
  await tx
    .updateTable('virtual_machine')
    .set({ migration_host_id: null, state: 'Running', state_changed: sql<Date>`clock_timestamp()` })
    .where('migration_host_id', '=', hostId)
    .where('removed', 'is', null)
    .execute();
  await tx
    .updateTable('virtual_machine')
    .set({ migration_host_id: null, last_host_id: sql<string>`migration_host_id` })
    .where('host_id', '=', hostId)
    .where('migration_host_id', 'is not', null)
    .where('removed', 'is', null)
    .execute();
}

const liveHost = (db: Database, id: string) =>
  db
    .selectFrom('host')
    .select(['id', 'name', 'guid', 'address', 'set_up', 'zone_id'])
    .where('id', '=', id)
    .where('removed', 'is', null)
    .forUpdate()
    .executeTakeFirst();
