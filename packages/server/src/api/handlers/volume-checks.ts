import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { reaches } from '../../placement/fits.ts';
import type { Context } from '../handler.ts';

export type Volume = {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly state: string;
  readonly account_id: string;
  readonly zone_id: string;
  readonly hypervisor: string | null;
  readonly storage_pool_id: string | null;
  readonly virtual_machine_id: string | null;
  readonly device_id: number | null;
  readonly attached: Date | null;
  readonly path: string | null;
};

/** A volume, which nobody else changes until the command ends. @throws {CloudError} it was deleted just now. */
export async function lockedVolume(db: Database, id: string): Promise<Volume> {
  const volume = await db
    .selectFrom('volume')
    .select(['id', 'name', 'type', 'state', 'account_id', 'zone_id', 'hypervisor', 'storage_pool_id', 'path'])
    .select(['virtual_machine_id', 'device_id', 'attached'])
    .where('id', '=', id)
    .where('removed', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (!volume) throw new CloudError('parameter', `The volume ${id} is gone: somebody deleted it just now.`);
  return volume;
}

export type Machine = {
  readonly id: string;
  readonly display_name: string;
  readonly account_id: string;
  readonly zone_id: string;
  readonly hypervisor: string;
  readonly host_id: string | null;
};

export const machineFor = (db: Database, id: string): Promise<Machine> =>
  db
    .selectFrom('virtual_machine')
    .select(['id', 'display_name', 'account_id', 'zone_id', 'hypervisor', 'host_id'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();

/** A data volume that belongs to no machine, and about which no job is under way. @throws {CloudError} why it cannot be used. */
export async function requireFree(db: Database, volume: Volume, what: string): Promise<void> {
  if (volume.type !== 'DATADISK')
    throw new CloudError(
      'parameter',
      `${volume.name} is a root disk, which stays with its virtual machine; only data disks are ${what}.`,
    );
  if (volume.virtual_machine_id) {
    const { display_name } = await machineFor(db, volume.virtual_machine_id);
    throw volume.state === 'Attaching'
      ? new CloudError('conflict', `Volume ${volume.name} is just being attached to ${display_name}.`)
      : new CloudError('in-use', `Volume ${volume.name} is attached to ${display_name}; detach it first.`);
  }
  const open = await db
    .selectFrom('job')
    .select('id')
    .where('instance_id', '=', volume.id)
    .where('saga', '<>', 'change-volume')
    .where('status', '=', 0)
    .executeTakeFirst();
  if (open)
    throw new CloudError('conflict', `Something is still being done to volume ${volume.name}; try again when it has ended.`);
}

/** @throws {CloudError} why the volume cannot be a disk of the machine, and what to do. */
export async function requireFitting({ db }: Context, volume: Volume, machine: Machine): Promise<void> {
  if (volume.state === 'Destroy') throw new CloudError('conflict', `Volume ${volume.name} is destroyed; recover it first.`);
  if (volume.account_id !== machine.account_id)
    throw new CloudError('account', `Volume ${volume.name} and ${machine.display_name} belong to different accounts.`);
  if (volume.zone_id !== machine.zone_id)
    throw new CloudError('parameter', `Volume ${volume.name} and ${machine.display_name} are in different zones.`);
  if (volume.hypervisor !== null && volume.hypervisor !== machine.hypervisor)
    throw new CloudError(
      'parameter',
      `Volume ${volume.name} was made for ${volume.hypervisor}, but ${machine.display_name} runs on ${machine.hypervisor}. Make a new volume for it.`,
    );
  if (volume.storage_pool_id !== null) await requireReach(db, volume, machine);
}

type Pool = {
  readonly id: string;
  readonly name: string;
  readonly host_id: string | null;
  readonly cluster_id: string | null;
  readonly hypervisor: string | null;
};

/** There is a host that reaches the volume and all that the machine has; of a running one, its own. */
async function requireReach(db: Database, volume: Volume, machine: Machine): Promise<void> {
  const hosts = await db
    .selectFrom('host')
    .select(['id', 'name', 'cluster_id', 'hypervisor'])
    .where('zone_id', '=', machine.zone_id)
    .where('hypervisor', '=', machine.hypervisor)
    .where('removed', 'is', null)
    .execute();
  const pool = (await poolsOf(db, [volume.storage_pool_id!]))[0];
  const its = await machinesPools(db, machine.id);
  const possible = hosts.filter((host) => (machine.host_id ? host.id === machine.host_id : its.every((p) => reaches(host, p))));
  if (pool && possible.some((host) => reaches(host, pool))) return;
  const other = possible.length === 1 ? `host ${possible[0]!.name}` : 'other hosts';
  const home = hosts.find((host) => host.id === pool?.host_id);
  const where = home ? `the local pool ${pool!.name} of host ${home.name}` : `pool ${pool?.name ?? 'that is gone'}`;
  const todo = 'Attach it to a virtual machine there, or copy what is on it to a new volume.';
  throw new CloudError(
    'parameter',
    `Volume ${volume.name} lies on storage that the host of ${machine.display_name} does not reach. Attach it to the virtual machine that had it, or to one that was made beside it, or copy what is on it to a new volume.`,
    {
      forAdmins: `Volume ${volume.name} lies on ${where}, but ${machine.display_name} belongs to ${other}, which does not reach it. ${todo}`,
    },
  );
}

const poolsOf = (db: Database, ids: readonly string[]): Promise<Pool[]> =>
  db
    .selectFrom('storage_pool')
    .select(['id', 'name', 'host_id', 'cluster_id', 'hypervisor'])
    .where('id', 'in', ids)
    .where('removed', 'is', null)
    .execute();

async function machinesPools(db: Database, machineId: string): Promise<Pool[]> {
  const rows = await db
    .selectFrom('volume')
    .select('storage_pool_id')
    .distinct()
    .where('virtual_machine_id', '=', machineId)
    .where('storage_pool_id', 'is not', null)
    .where('removed', 'is', null)
    .execute();
  return rows.length === 0
    ? []
    : poolsOf(
        db,
        rows.map((row) => row.storage_pool_id!),
      );
}
