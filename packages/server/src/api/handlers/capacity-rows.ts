import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import type { Context } from '../handler.ts';

/** What there is of one kind at one place. Bytes, MHz or addresses. */
export type Counted = {
  readonly type: number;
  readonly zoneId: string;
  readonly podId: string | null;
  readonly clusterId: string | null;
  readonly total: number;
  readonly used: number;
  readonly allocated: number;
};
type Place = Pick<Counted, 'zoneId' | 'podId' | 'clusterId'>;

/** Counts everything, by cluster where it belongs to one. */
export async function countCapacity(context: Context): Promise<readonly Counted[]> {
  const counts = await Promise.all([hosts(context), pools(context), imageStores(context.db), addresses(context.db)]);
  return counts.flat();
}

type HostRow = Place & { memory: number; cpu: number; memoryPromised: number; cpuPromised: number };

async function hosts({ db, settings }: Context): Promise<readonly Counted[]> {
  const { rows } = await sql<HostRow>`
    select host.zone_id as "zoneId", host.pod_id as "podId", host.cluster_id as "clusterId",
      sum(host.memory_bytes) as memory, sum(host.cpus::bigint * host.cpu_mhz) as cpu,
      coalesce(sum(guests.memory), 0) as "memoryPromised", coalesce(sum(guests.cpu), 0) as "cpuPromised"
    from host left join (
      select place.host_id, sum(memory_mb::bigint * 1048576) as memory, sum(cpu_number::bigint * cpu_speed) as cpu
      from virtual_machine cross join lateral (values (host_id), (migration_host_id)) as place (host_id)
      where removed is null and place.host_id is not null group by place.host_id
    ) guests on guests.host_id = host.id
    where host.removed is null group by 1, 2, 3`.execute(db);
  const counted = rows.map(async ({ memory, cpu, memoryPromised, cpuPromised, ...place }): Promise<Counted[]> => {
    const scope = { scope: 'cluster', id: place.clusterId! } as const;
    const memoryTotal = Math.floor(memory * (await settings.number('mem.overprovisioning.factor', scope)));
    const cpuTotal = Math.floor(cpu * (await settings.number('cpu.overprovisioning.factor', scope)));
    return [
      { ...place, type: 0, total: memoryTotal, used: memoryPromised, allocated: memoryPromised },
      { ...place, type: 1, total: cpuTotal, used: cpuPromised, allocated: cpuPromised },
    ];
  });
  return (await Promise.all(counted)).flat();
}

type PoolRow = Place & { id: string; local: boolean; total: number; used: number; allocated: number };

async function pools({ db, settings }: Context): Promise<readonly Counted[]> {
  const { rows } = await sql<PoolRow>`
    select id, zone_id as "zoneId", pod_id as "podId", cluster_id as "clusterId", scope = 'HOST' as local,
      capacity_bytes as total, used_bytes as used,
      (select coalesce(sum(size_bytes), 0) from volume where storage_pool_id = storage_pool.id and removed is null) as allocated
    from storage_pool where removed is null`.execute(db);
  const counted = rows.map(async ({ id, local, total, used, allocated, ...place }): Promise<Counted[]> => {
    if (local) return [{ ...place, type: 9, total, used, allocated }];
    const factor = await settings.number('storage.overprovisioning.factor', { scope: 'storagepool', id });
    return [
      { ...place, type: 2, total, used, allocated },
      { ...place, type: 3, total: Math.floor(total * factor), used: allocated, allocated },
    ];
  });
  return (await Promise.all(counted)).flat();
}

/** A store without a zone serves every zone, and is counted in each. */
async function imageStores(db: Database): Promise<readonly Counted[]> {
  const { rows } = await sql<{ zoneId: string; total: number; used: number }>`
    select zone.id as "zoneId", store.capacity_bytes as total, store.used_bytes as used
    from image_store store join zone on zone.removed is null and (store.zone_id is null or store.zone_id = zone.id)
    where store.removed is null`.execute(db);
  return rows.map((row) => ({ ...row, type: 6, podId: null, clusterId: null, allocated: row.used }));
}

async function addresses(db: Database): Promise<readonly Counted[]> {
  const { rows } = await sql<{ zoneId: string; total: number; used: number }>`
    select network.zone_id as "zoneId", sum(end_ip::inet - start_ip::inet + 1) as total,
      (select count(*) from nic join network used on used.id = nic.network_id
        where used.zone_id = network.zone_id and used.removed is null and nic.removed is null) as used
    from network where removed is null group by network.zone_id`.execute(db);
  return rows.map((row) => ({ ...row, type: 8, podId: null, clusterId: null, allocated: row.used }));
}
