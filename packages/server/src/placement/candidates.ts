import { sql } from 'kysely';
import type { Settings } from '../accounts/settings.ts';
import type { Database } from '../db/database.ts';
import type { Candidate, ClusterLimits, Need, Pool, PoolLimits } from './need.ts';

/** For how long a host whose agent was lost still counts as one that comes back: jobs wait for it as long. */
const returningSeconds = 30;

/** A host's status as placement has it: `Returning` where its agent was lost a moment ago, or has just been added. */
export const placementStatus = sql<string>`case when h.status = 'Connecting' or (h.status = 'Disconnected'
  and h.disconnected > clock_timestamp() - ${sql.lit(returningSeconds)} * interval '1 second') then 'Returning' else h.status end`;
export const takesGuests = (status: string): boolean => status === 'Up' || status === 'Returning';

/** The hosts of the zone with the machine's hypervisor, fit or not. */
export async function candidatesFor(db: Database, need: Need): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    select h.id, h.name, h.pod_id, h.cluster_id, h.hypervisor, ${placementStatus} as status, h.resource_state, h.tags, h.cpus,
      h.cpus::bigint * h.cpu_mhz as "cpuMhz", h.memory_bytes as "memoryBytes",
      array(select jsonb_array_elements_text(coalesce(h.facts->'virtualizationModes', '[]'))) as modes, coalesce(h.facts->>'arch', '') as arch,
      h.resource_state = 'Enabled' and c.allocation_state = 'Enabled' and p.allocation_state = 'Enabled' and z.allocation_state = 'Enabled' as enabled
    from host h join cluster c on c.id = h.cluster_id join pod p on p.id = h.pod_id join zone z on z.id = h.zone_id
    where h.zone_id = ${need.zoneId} and h.hypervisor = ${need.hypervisor} and h.removed is null`.execute(db);
  return rows;
}

export async function poolsOf(db: Database, zoneId: string): Promise<Pool[]> {
  return db
    .selectFrom('storage_pool')
    .select([
      'id',
      'name',
      'host_id',
      'cluster_id',
      'hypervisor',
      'state',
      'tags',
      'capacity_bytes as capacityBytes',
      'used_bytes as usedBytes',
    ])
    .select(sql<boolean>`export_path is not null`.as('mounted'))
    .select(
      sql<Record<string, string>>`(select coalesce(jsonb_object_agg(host_id, coalesce(problem, '')), '{}') from pool_host
        where storage_pool_id = storage_pool.id)`.as('said'),
    )
    .where('zone_id', '=', zoneId)
    .where('removed', 'is', null)
    .orderBy(sql`capacity_bytes - used_bytes`, 'desc')
    .execute();
}

/** What the machines that have a place on these hosts were promised; one that moves has a place on both. */
export async function promisedOn(
  db: Database,
  hostIds: readonly string[],
): Promise<ReadonlyMap<string, { cpuMhz: number; memoryBytes: number }>> {
  const { rows } = await sql<{ id: string; cpuMhz: number; memoryBytes: number }>`
    select id, sum(cpu_number::bigint * cpu_speed)::bigint as "cpuMhz", sum(memory_mb::bigint * 1048576)::bigint as "memoryBytes"
    from (
      select host_id as id, cpu_number, cpu_speed, memory_mb from virtual_machine where host_id = any(${hostIds}::uuid[]) and removed is null
      union all
      select migration_host_id, cpu_number, cpu_speed, memory_mb from virtual_machine
      where migration_host_id = any(${hostIds}::uuid[]) and removed is null) placed
    group by id`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

export async function clusterLimits(
  settings: Settings,
  hosts: readonly Candidate[],
): Promise<ReadonlyMap<string, ClusterLimits>> {
  const limits = new Map<string, ClusterLimits>();
  for (const id of new Set(hosts.map((h) => h.cluster_id))) {
    const read = (name: string): Promise<number> => settings.number(name, { scope: 'cluster', id });
    limits.set(id, {
      cpuFactor: await read('cpu.overprovisioning.factor'),
      memoryFactor: await read('mem.overprovisioning.factor'),
      cpuThreshold: await read('cluster.cpu.allocated.capacity.disablethreshold'),
      memoryThreshold: await read('cluster.memory.allocated.capacity.disablethreshold'),
    });
  }
  return limits;
}

export async function poolLimits(settings: Settings, pools: readonly Pool[]): Promise<ReadonlyMap<string, PoolLimits>> {
  const limits = new Map<string, PoolLimits>();
  for (const { id } of pools) {
    const read = (name: string): Promise<number> => settings.number(name, { scope: 'storagepool', id });
    limits.set(id, {
      factor: await read('storage.overprovisioning.factor'),
      allocatedThreshold: await read('pool.storage.allocated.capacity.disablethreshold'),
      usedThreshold: await read('pool.storage.capacity.disablethreshold'),
    });
  }
  return limits;
}
