import type { ParamsOf } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import type { JobRequest } from '../../jobs/request.ts';
import { forgetVolume } from '../../orchestration/forget-volume.ts';
import { volumeJob } from '../../orchestration/volume-job.ts';
import type { Context, Handlers } from '../handler.ts';
import { requireActive } from '../owner.ts';
import { openZone } from './deploy-checks.ts';
import { requireState } from './machine-state.ts';
import { freeSlot, recordVolume } from './record-volume.ts';
import { refuse } from './rows.ts';
import { lockedVolume, machineFor, requireFitting, requireFree } from './volume-checks.ts';
import { volumeResponses } from './volumes.ts';

/** The commands that change volumes. */
export const volumeChanges = {
  createVolume: create,

  /** The place is given here, under a lock on the machine: two that come at once never get one. */
  async attachVolume(context, { id, virtualmachineid, deviceid }) {
    const { db } = context;
    await requireState(context, virtualmachineid, 'attachVolume', 'given a volume');
    const volume = await lockedVolume(db, id);
    await requireFree(db, volume, 'attached');
    const machine = await machineFor(db, virtualmachineid);
    await requireFitting(context, volume, machine);
    const slot = await freeSlot(db, { id: machine.id, name: machine.display_name }, deviceid);
    await db
      .updateTable('volume')
      .set({ virtual_machine_id: machine.id, device_id: slot, state: 'Attaching' })
      .where('id', '=', id)
      .execute();
    return volumeJob('attach-volume', id, { machineId: machine.id, slot });
  },

  async detachVolume(context, params) {
    const found = await attachedVolume(context.db, params);
    // The machine's row first, as everywhere.
    await requireState(context, found.machineId, 'detachVolume', 'asked for its volumes');
    const volume = await lockedVolume(context.db, found.id);
    const machine = await machineFor(context.db, found.machineId);
    if (volume.type !== 'DATADISK')
      refuse(`${volume.name} is the root disk of ${machine.display_name}, which cannot be detached; only data disks can.`);
    if (volume.state === 'Attaching')
      throw new CloudError('conflict', `Volume ${volume.name} is just being attached to ${machine.display_name}.`);
    const { attached, device_id } = volume;
    return volumeJob('detach-volume', volume.id, {
      machineId: machine.id,
      slot: device_id ?? 0,
      attached: attached ?? new Date(),
    });
  },

  async updateVolume({ db }, { id, name }) {
    if (id === undefined) return refuse('id is missing: which volume?');
    if (name !== undefined) await db.updateTable('volume').set({ name }).where('id', '=', id).execute();
    return volumeJob('change-volume', id);
  },

  async deleteVolume(context, { id }) {
    const volume = await lockedVolume(context.db, id);
    await requireFree(context.db, volume, 'deleted');
    const { userId, accountId, domainId } = context.caller;
    await context.jobs.enqueue(context.db, await forgetVolume(context.db, id), {
      command: 'deleteVolume',
      userId,
      accountId,
      domainId,
    });
    return { success: true };
  },

  async destroyVolume({ db }, { id, expunge }) {
    const volume = await lockedVolume(db, id);
    await requireFree(db, volume, 'destroyed');
    if (expunge) return forgetVolume(db, id);
    await db
      .updateTable('volume')
      .set({ state: 'Destroy', destroyed: sql<Date>`clock_timestamp()` })
      .where('id', '=', id)
      .execute();
    return volumeJob('change-volume', id);
  },

  async recoverVolume({ db, caller }, { id }) {
    const volume = await lockedVolume(db, id);
    if (volume.state !== 'Destroy')
      throw new CloudError('conflict', `Volume ${volume.name} is ${volume.state}; only one that is destroyed can be recovered.`);
    await db
      .updateTable('volume')
      .set({ state: volume.path === null ? 'Allocated' : 'Ready', destroyed: null })
      .where('id', '=', id)
      .execute();
    return (await volumeResponses(db, [id], caller.role === 'Admin'))[0]!;
  },
} satisfies Handlers<
  'createVolume' | 'attachVolume' | 'detachVolume' | 'updateVolume' | 'deleteVolume' | 'destroyVolume' | 'recoverVolume'
>;

async function create(context: Context, params: ParamsOf<'createVolume'>): Promise<JobRequest> {
  const { db, caller } = context;
  const { name, zoneid, diskofferingid, size, snapshotid, virtualmachineid } = params;
  if (snapshotid !== undefined) refuse('Volumes cannot be made of snapshots in this version: leave snapshotid out.');
  if (diskofferingid === undefined)
    return refuse('diskofferingid is missing: how large is it to be, and where is it to be kept?');
  if (virtualmachineid) await requireState(context, virtualmachineid, 'attachVolume', 'given a volume');
  const machine = virtualmachineid ? await machineFor(db, virtualmachineid) : undefined;
  const zoneId = zoneid ?? machine?.zone_id ?? refuse('zoneid is missing: in which zone?');
  await openZone(db, zoneId, caller.role === 'Admin');
  // What is made for a machine belongs to whom the machine belongs.
  const owner = machine && params.account === undefined ? await ownerOfMachine(db, machine.id) : context.owner;
  await requireActive(db, owner, 'new is made');
  const wanted = { owner, zoneId, diskOfferingId: diskofferingid, ...(name && { name }), ...(size && { size }) };
  if (!machine) return volumeJob('change-volume', await recordVolume(context, wanted));
  const slot = await freeSlot(db, { id: machine.id, name: machine.display_name });
  const id = await recordVolume(context, wanted, { machineId: machine.id, slot, state: 'Attaching' });
  await requireFitting(context, await lockedVolume(db, id), machine);
  return volumeJob('create-and-attach-volume', id, { machineId: machine.id, slot });
}

const ownerOfMachine = async (db: Database, id: string) => {
  const { account_id, domain_id, project_id } = await db
    .selectFrom('virtual_machine')
    .select(['account_id', 'domain_id', 'project_id'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return { accountId: account_id, domainId: domain_id, projectId: project_id };
};

/** By its id, or by where it is. @throws {CloudError} `parameter`: it is attached to nothing, or nothing is there. */
async function attachedVolume(
  db: Database,
  { id, virtualmachineid, deviceid }: ParamsOf<'detachVolume'>,
): Promise<{ readonly id: string; readonly machineId: string }> {
  if (id === undefined && (virtualmachineid === undefined || deviceid === undefined))
    refuse('Which volume? Give id, or virtualmachineid and deviceid.');
  let query = db.selectFrom('volume').select(['id', 'name', 'virtual_machine_id']).where('removed', 'is', null);
  if (id !== undefined) query = query.where('id', '=', id);
  if (virtualmachineid !== undefined) query = query.where('virtual_machine_id', '=', virtualmachineid);
  if (deviceid !== undefined) query = query.where('device_id', '=', deviceid);
  const found = await query.executeTakeFirst();
  if (!found?.virtual_machine_id)
    return refuse(
      virtualmachineid ? 'That virtual machine has no such volume.' : 'The volume is attached to no virtual machine.',
    );
  return { id: found.id, machineId: found.virtual_machine_id };
}
