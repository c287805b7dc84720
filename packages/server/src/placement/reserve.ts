import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { candidatesFor, clusterLimits, placementStatus, poolLimits, poolsOf, promisedOn, takesGuests } from './candidates.ts';
import { exclusion, poolShortage, poolSuits, reaches, shortage } from './fits.ts';
import type { Candidate, ClusterLimits, Need, Pool, PoolLimits } from './need.ts';

export type Refusal = { readonly host: string; readonly reason: string };
/** `modes`: those that the hosts of the zone offer, for the machine's hypervisor. */
export type Refused = { readonly refused: readonly Refusal[]; readonly modes: readonly string[] };
export type Placement = { readonly placed: { readonly hostId: string } } | Refused;
type Limits = { readonly clusters: ReadonlyMap<string, ClusterLimits>; readonly pools: ReadonlyMap<string, PoolLimits> };
/** Volume → pool. */
type Choice = ReadonlyMap<string, string>;

/**
 * Finds a host and gives the machine its place there: in one transaction, under a lock on the host's row, so that two machines cannot both win the last
 * place. The last host is tried first, then those with the most memory left.
 */
export async function reserve(cloud: Cloud, need: Need): Promise<Placement> {
  const { db, settings } = cloud;
  const hosts = await candidatesFor(db, need);
  const judged = hosts.map((host) => ({ host, reason: exclusion(host, need) }));
  const open = judged.filter(({ reason }) => reason === undefined).map(({ host }) => host);
  const pools = await poolsOf(db, need.zoneId);
  // Read before the transactions: settings have connections of their own.
  const limits: Limits = { clusters: await clusterLimits(settings, open), pools: await poolLimits(settings, pools) };
  const refused: Refusal[] = judged.flatMap(({ host, reason }) => (reason === undefined ? [] : [{ host: host.name, reason }]));
  for (const host of await inOrder(db, open, need)) {
    const reason = await db.transaction().execute((tx) => takePlace(tx, host, need, pools, limits));
    if (reason === undefined) return { placed: { hostId: host.id } };
    refused.push({ host: host.name, reason });
  }
  return { refused, modes: [...new Set(hosts.flatMap(({ modes }) => modes))] };
}

async function inOrder(db: Database, hosts: readonly Candidate[], need: Need): Promise<Candidate[]> {
  const promised = await promisedOn(
    db,
    hosts.map((h) => h.id),
  );
  const left = (host: Candidate): number => host.memoryBytes - (promised.get(host.id)?.memoryBytes ?? 0);
  const first = (host: Candidate): number => (host.id === need.lastHostId ? 0 : 1);
  const away = (host: Candidate): number => (host.status === 'Up' ? 0 : 1);
  return hosts.toSorted((a, b) => away(a) - away(b) || first(a) - first(b) || left(b) - left(a) || a.id.localeCompare(b.id));
}

/** Answers why not, or nothing when the machine has its place. */
async function takePlace(
  tx: Database,
  host: Candidate,
  need: Need,
  pools: readonly Pool[],
  limits: Limits,
): Promise<string | undefined> {
  const locked = await tx
    .selectFrom('host as h')
    .select(placementStatus.as('status'))
    .where('h.id', '=', host.id)
    .where('h.removed', 'is', null)
    .forUpdate()
    .executeTakeFirst();
  if (!locked || !takesGuests(locked.status)) return 'is no longer Up';
  const promised = (await promisedOn(tx, [host.id])).get(host.id) ?? { cpuMhz: 0, memoryBytes: 0 };
  const reason = shortage(host, need, promised, limits.clusters.get(host.cluster_id)!);
  if (reason !== undefined) return reason;
  const choice = await choosePools(tx, host, need, pools, limits);
  if (typeof choice === 'string') return choice;
  for (const [volume, pool] of choice)
    await tx.updateTable('volume').set({ storage_pool_id: pool }).where('id', '=', volume).execute();
  await tx
    .updateTable('virtual_machine')
    .set({ host_id: host.id, state: 'Starting', state_changed: sql<Date>`clock_timestamp()` })
    .where('id', '=', need.machineId)
    .execute();
  return undefined;
}

/** A pool for each volume that has none; text where there is none, and why. */
async function choosePools(
  tx: Database,
  host: Candidate,
  need: Need,
  pools: readonly Pool[],
  limits: Limits,
): Promise<Choice | string> {
  const bound = need.volumes.filter((v) => v.poolId !== null);
  const away = bound.find((v) => !pools.some((p) => p.id === v.poolId && reaches(host, p)));
  if (away) return `does not reach the pool on which the volumes of ${need.name} are`;
  const free = need.volumes.filter((v) => v.poolId === null);
  if (free.length === 0) return new Map();
  const bytes = free.reduce((sum, v) => sum + v.sizeBytes, 0);
  const suiting = pools.filter((p) => poolSuits(p, host, need));
  if (suiting.length === 0)
    return `has no ${need.storage} storage pool that is Up${need.storageTags.length ? ` with the tags ${need.storageTags.join(', ')}` : ''}`;
  const reasons: string[] = [];
  for (const pool of suiting) {
    const reason = poolShortage(pool, bytes, await promisedBytes(tx, pool.id), limits.pools.get(pool.id)!);
    if (reason === undefined) return new Map(free.map((v) => [v.id, pool.id]));
    reasons.push(reason);
  }
  return reasons.join(', ');
}

async function promisedBytes(tx: Database, poolId: string): Promise<number> {
  await tx.selectFrom('storage_pool').select('id').where('id', '=', poolId).forUpdate().execute();
  const { total } = await tx
    .selectFrom('volume')
    .select(sql<number>`coalesce(sum(size_bytes), 0)::bigint`.as('total'))
    .where('storage_pool_id', '=', poolId)
    .where('removed', 'is', null)
    .executeTakeFirstOrThrow();
  return total;
}
