import { agentMethods, type GuestDocument } from '@virtstack/protocol';
import type { Database } from '../db/database.ts';
import { removeOn } from '../hosts/leftovers.ts';
import { reaches } from '../placement/fits.ts';
import { order } from './order.ts';
import type { Run } from './saga.ts';
import { machineOf } from './stop-virtual-machine.ts';

/** How long a guest may take to let go of a disk, seconds. */
const letGoSeconds = 30;
const orderMs = (letGoSeconds + 90) * 1000;

type Plug = { readonly machineId: string; readonly volumeId: string };
type Disk = GuestDocument['disks'][number];
type Row = { id: string; device_id: number | null; path: string; format: string | null };

export const diskOf = ({ id, device_id, path, format }: Row): Disk => ({
  slot: device_id ?? 0,
  path,
  format: format === 'raw' ? 'raw' : 'qcow2',
  readOnly: false,
  serial: id.replaceAll('-', '').slice(0, 20),
});

/**
 * Has the guest's host give it a volume. Of a machine that is down only the definition that may be left on its last host is concerned, for whoever
 * starts it with virsh: where that host is away, or does not reach the volume, the next start says it anyway.
 */
export async function plugIn(run: Run, { machineId, volumeId }: Plug, slot: number): Promise<void> {
  const { host_id, last_host_id } = await machineOf(run, machineId);
  const { path, format } = await fileOf(run.db, volumeId);
  const host = host_id ?? (last_host_id && (await couldStartIt(run, last_host_id, volumeId)) ? last_host_id : null);
  if (!host || !path) return;
  const disk = diskOf({ id: volumeId, device_id: slot, path, format });
  await order(run, host, agentMethods.attachDisk, { uuid: machineId, disk, epoch: run.epoch }, { timeoutMs: orderMs });
}

/**
 * Has the guest's host take a volume away from it, and waits until a running guest has let go. A host that is away forgets it out of the definition of
 * a machine that is down before it is Up again: two guests must never have one disk.
 * @throws {CloudError} `in-use` (the host's word: `not-let-go`): the guest did not let go, and keeps it.
 */
export async function plugOut(run: Run, { machineId, volumeId }: Plug): Promise<void> {
  const { host_id, last_host_id } = await machineOf(run, machineId);
  const { path } = await fileOf(run.db, volumeId);
  if (!path) return;
  const params = { uuid: machineId, path, timeoutSeconds: letGoSeconds, epoch: run.epoch };
  if (host_id) await order(run, host_id, agentMethods.detachDisk, params, { timeoutMs: orderMs });
  else if (last_host_id) await removeOn(run, last_host_id, 'detachDisk', params, run.signal);
}

async function couldStartIt({ db, agents }: Run, hostId: string, volumeId: string): Promise<boolean> {
  if (!(await agents.connected(hostId))) return false;
  const host = await db
    .selectFrom('host')
    .select(['id', 'cluster_id', 'hypervisor'])
    .where('id', '=', hostId)
    .executeTakeFirstOrThrow();
  const pool = await db
    .selectFrom('volume')
    .innerJoin('storage_pool as p', 'p.id', 'volume.storage_pool_id')
    .select(['p.host_id', 'p.cluster_id', 'p.hypervisor'])
    .where('volume.id', '=', volumeId)
    .executeTakeFirst();
  return pool !== undefined && reaches(host, pool);
}

const fileOf = (db: Database, id: string): Promise<{ path: string | null; format: string | null }> =>
  db.selectFrom('volume').select(['path', 'format']).where('id', '=', id).executeTakeFirstOrThrow();
