import type { ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { usesPool } from '../../storage/pool-hosts.ts';
import type { Context } from '../handler.ts';

/** Hosts that cannot use it now, and why. */
const losses = sql<Record<string, string>>`(select coalesce(jsonb_object_agg(host.name, said.problem), '{}')
  from pool_host said join host on host.id = said.host_id and host.removed is null
  where said.storage_pool_id = storage_pool.id and said.problem is not null)`;

export const select = (db: Database) =>
  db
    .selectFrom('storage_pool')
    .innerJoin('zone', 'zone.id', 'storage_pool.zone_id')
    .leftJoin('pod', 'pod.id', 'storage_pool.pod_id')
    .leftJoin('cluster', 'cluster.id', 'storage_pool.cluster_id')
    .selectAll('storage_pool')
    .select(['zone.name as zone_name', 'pod.name as pod_name', 'cluster.name as cluster_name'])
    .select(['cluster.hypervisor as cluster_hypervisor', losses.as('losses')])
    .select(
      sql<number>`(select coalesce(sum(size_bytes), 0) from volume where storage_pool_id = storage_pool.id and volume.removed is null)`.as(
        'allocated',
      ),
    )
    .where('storage_pool.removed', 'is', null);
type Row = Awaited<ReturnType<typeof one>>;
export const one = (db: Database, id: string) => select(db).where('storage_pool.id', '=', id).executeTakeFirstOrThrow();

export async function storagePoolResponse({ settings }: Context, row: Row): Promise<ResponseOf<'listStoragePools'>> {
  return {
    id: row.id,
    name: row.name,
    zoneid: row.zone_id,
    zonename: row.zone_name,
    podid: row.pod_id,
    podname: row.pod_name,
    clusterid: row.cluster_id,
    clustername: row.cluster_name,
    type: row.type,
    scope: row.scope,
    state: stateOf(row),
    path: row.export_path ?? row.path,
    ipaddress: row.address,
    disksizetotal: row.capacity_bytes,
    disksizeused: row.used_bytes,
    disksizeallocated: row.allocated,
    overprovisionfactor: await settings.text('storage.overprovisioning.factor', { scope: 'storagepool', id: row.id }),
    hypervisor: row.hypervisor ?? row.cluster_hypervisor,
    provider: 'DefaultPrimary',
    tags: row.tags.join(','),
    managed: false,
    ...detailsOf(row),
    created: row.created,
  };
}

/** One that is enabled and that a host has lost is shown, although others go on with it. */
const stateOf = ({ state, losses }: Row): string => (state === 'Up' && Object.keys(losses).length > 0 ? 'Alert' : state);

function detailsOf({ host_id, mount_options, losses }: Row): { details?: Record<string, string> } {
  const lost = Object.entries(losses).map(([host, problem]) => `${host}: ${problem}`);
  const details = {
    ...(host_id !== null && { hostid: host_id }),
    ...(mount_options.length > 0 && { nfsmountopts: mount_options.join(',') }),
    ...(lost.length > 0 && { lost: lost.join(' ') }),
  };
  return Object.keys(details).length > 0 ? { details } : {};
}

const isLost = sql<boolean>`${losses} <> '{}'`;

/** By the state that is shown. */
export function inState(state: string | undefined) {
  if (state === undefined) return sql<boolean>`true`;
  if (state.toLowerCase() === 'alert') return sql<boolean>`storage_pool.state = 'Up' and ${isLost}`;
  return sql<boolean>`lower(storage_pool.state) = ${state.toLowerCase()} and not (storage_pool.state = 'Up' and ${isLost})`;
}

/** Pools that a host uses: its own, those of its cluster and those of its zone. */
export const usedBy = (hostId: string | undefined) =>
  hostId === undefined
    ? sql<boolean>`true`
    : sql<boolean>`exists (select from host h join storage_pool p on ${usesPool} where h.id = ${hostId} and p.id = storage_pool.id)`;
