import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { gathered, rowsByKey } from '../db/gathered.ts';
import { connectedOf } from '../hosts/agents.ts';

/** Of `host` h and `storage_pool` p: is the host one of those that use the pool? */
export const usesPool = sql<boolean>`(p.host_id = h.id or (p.host_id is null and p.zone_id = h.zone_id
  and (p.cluster_id is null or p.cluster_id = h.cluster_id) and (p.hypervisor is null or p.hypervisor = h.hypervisor)))`;

/** A pool as one of its hosts has it. */
export type UsedPool = {
  readonly id: string;
  readonly name: string;
  readonly zone_id: string;
  readonly path: string;
  readonly address: string;
  readonly export_path: string | null;
  readonly mount_options: string[];
  readonly capacity_bytes: number;
  readonly used_bytes: number;
  readonly host: string;
  /** It has said something of it. */
  readonly told: boolean;
  readonly problem: string | null;
};

/** The pools that a host uses. Its own and those that hosts share are looked for apart: each has an index. */
export const poolsUsedBy: (db: Database, hostId: string) => Promise<UsedPool[]> = gathered(async (db, hostIds) => {
  const own = sql<boolean>`p.host_id = h.id`;
  const shared = sql<boolean>`p.host_id is null and p.zone_id = h.zone_id and ${usesPool}`;
  const { rows } = await sql<UsedPool & { readonly asked: string }>`
    select h.id as asked, p.id, p.name, p.zone_id, p.path, p.address, p.export_path, p.mount_options, p.capacity_bytes, p.used_bytes,
      h.name as host, said.host_id is not null as told, said.problem
    from host h cross join lateral (
        select * from storage_pool p where p.removed is null and ${own} union all
        select * from storage_pool p where p.removed is null and ${shared}) p
      left join pool_host said on said.storage_pool_id = p.id and said.host_id = h.id
    where h.id = any(${hostIds}::uuid[])`.execute(db);
  return rowsByKey(hostIds, rows, ({ asked }) => asked);
});

type Ready = { readonly id: string; readonly up: boolean; readonly ready: boolean };

/** A host that can do something with a pool's files: of several the one that is preferred, unless it is away and another is not. */
export async function hostOfPool(
  { db, agents }: Pick<Cloud, 'db' | 'agents'>,
  pool: { readonly id: string; readonly host_id: string | null },
  preferred?: string | null,
): Promise<string | undefined> {
  if (pool.host_id !== null) return pool.host_id;
  const { rows } = await sql<Ready>`
    select h.id, h.status = 'Up' as up, said.problem is null and (p.export_path is null or said.host_id is not null) as ready
    from storage_pool p join host h on ${usesPool} left join pool_host said on said.storage_pool_id = p.id and said.host_id = h.id
    where p.id = ${pool.id} and h.removed is null order by h.created, h.id`.execute(db);
  const connected = new Set((await connectedOf(agents, rows)).map(({ id }) => id));
  const rank = ({ id, up, ready }: Ready): number =>
    (connected.has(id) && ready ? 0 : 4) + (up ? 0 : 2) + (id === preferred ? 0 : 1);
  return rows.toSorted((a, b) => rank(a) - rank(b))[0]?.id;
}
