import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { beside, lookUpInOrder, withBeside } from '../look-up.ts';

const columns = [
  ...(['id', 'name', 'address', 'hypervisor', 'status', 'resource_state', 'facts', 'tags', 'server_number', 'created'] as const),
  ...(['cpus', 'cpu_mhz', 'memory_bytes', 'cpu_used', 'memory_free_bytes', 'last_seen', 'disconnected'] as const),
  ...(['zone_id', 'pod_id', 'cluster_id'] as const),
] as const;

const besideHosts = {
  zone_id: beside('zone', { zone_name: 'name' }),
  pod_id: beside('pod', { pod_name: 'name' }),
  cluster_id: beside('cluster', { cluster_name: 'name', cluster_type: 'cluster_type' }),
} as const;

/** Hosts with what is shown beside them, in the order of the ids. */
export async function hostRows(db: Database, ids: readonly string[]) {
  const [found, promises, servers] = await Promise.all([
    lookUpInOrder(db, 'host', columns, ids),
    promised(db, ids),
    db.selectFrom('server').select(['number', 'id', 'name']).execute(),
  ]);
  const promisedOf = new Map(promises.map((promise) => [promise.host_id, promise]));
  const serverOf = new Map(servers.map((server) => [server.number, server]));
  return (await withBeside(db, found, besideHosts)).map((row) => {
    const server = row.server_number === null ? undefined : serverOf.get(row.server_number);
    return { ...row, ...promisedOf.get(row.id)!, server_id: server?.id, server_name: server?.name };
  });
}
export type HostRow = Awaited<ReturnType<typeof hostRows>>[number];

type Promised = {
  readonly host_id: string;
  readonly cpu_promised: number;
  readonly memory_promised: number;
  /** Of its own storage; null: it has none. */
  readonly disk: number | null;
  readonly disk_promised: number;
  readonly annotation: string | null;
};

/** What of each host is promised to guests, and the latest comment on it. */
const promised = async (db: Database, ids: readonly string[]): Promise<readonly Promised[]> =>
  (
    await sql<Promised>`select host.id as host_id, guests.*, pools.*,
        (select text from annotation where entity_id = host.id and removed is null order by created desc limit 1) as annotation
      from unnest(${ids}::uuid[]) as host (id)
      cross join lateral (
        select coalesce(sum(cpu_number::bigint * cpu_speed), 0)::bigint as cpu_promised,
          coalesce(sum(memory_mb::bigint * 1048576), 0)::bigint as memory_promised
        from virtual_machine where (host_id = host.id or migration_host_id = host.id) and removed is null) guests
      cross join lateral (
        select sum(capacity_bytes)::bigint as disk,
          coalesce(sum((select sum(size_bytes) from volume v where v.storage_pool_id = pool.id and v.removed is null)), 0)::bigint as disk_promised
        from storage_pool pool where pool.host_id = host.id and pool.removed is null) pools`.execute(db)
  ).rows;
