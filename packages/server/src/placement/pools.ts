import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { poolLimits, poolsOf } from './candidates.ts';
import { lost, poolShortage, poolSuits, reaches } from './fits.ts';
import type { Candidate, Pool, PoolLimits, VolumeNeed } from './need.ts';

/** Volume → pool. */
export type Choice = ReadonlyMap<string, string>;
export type Pools = { readonly all: readonly Pool[]; readonly limits: ReadonlyMap<string, PoolLimits> };

export async function poolsFor({ db, settings }: Pick<Cloud, 'db' | 'settings'>, zoneId: string): Promise<Pools> {
  const all = await poolsOf(db, zoneId);
  return { all, limits: await poolLimits(settings, all) };
}

export async function assignPools(tx: Database, choice: Choice): Promise<void> {
  for (const [volume, pool] of choice)
    await tx.updateTable('volume').set({ storage_pool_id: pool }).where('id', '=', volume).execute();
}

/** A pool that this host reaches for each volume that has none; text where there is none, and why. The pools are locked until the transaction ends. */
export async function choosePools(
  tx: Database,
  host: Candidate,
  volumes: readonly VolumeNeed[],
  pools: Pools,
): Promise<Choice | string> {
  const away = unreachedBy(host, volumes, pools);
  if (away !== undefined) return away;
  const free = volumes.filter((v) => v.poolId === null);
  const open = await lockPools(
    tx,
    pools.all.filter((p) => free.some((v) => poolSuits(p, host, v))),
  );
  const choice = new Map<string, string>();
  const given = new Map<string, number>();
  for (const volume of free) {
    const found = await poolFor(tx, host, volume, { ...pools, all: open }, given);
    if (typeof found === 'string') return found;
    choice.set(volume.id, found.id);
    given.set(found.id, (given.get(found.id) ?? 0) + volume.sizeBytes);
  }
  return choice;
}

/** `given`: bytes that volumes of the same choice were given already. */
async function poolFor(
  tx: Database,
  host: Candidate,
  volume: VolumeNeed,
  { all, limits }: Pools,
  given: ReadonlyMap<string, number>,
): Promise<Pool | string> {
  const suiting = all.filter((p) => poolSuits(p, host, volume));
  if (suiting.length === 0)
    return `has no ${volume.storage} storage pool that is Up${volume.tags.length ? ` with the tags ${volume.tags.join(', ')}` : ''}`;
  const usable = suiting.filter((p) => lost(p, host.id) === undefined);
  if (usable.length === 0) return suiting.map((p) => lost(p, host.id)).join(', ');
  const reasons: string[] = [];
  for (const pool of usable) {
    const promised = (await promisedBytes(tx, pool.id)) + (given.get(pool.id) ?? 0);
    const reason = poolShortage(pool, volume.sizeBytes, promised, limits.get(pool.id)!);
    if (reason === undefined) return pool;
    reasons.push(reason);
  }
  return reasons.join(', ');
}

/** Why this host cannot have these volumes where they lie, or nothing. */
export const unreachedBy = (host: Candidate, volumes: readonly VolumeNeed[], pools: Pools): string | undefined =>
  volumes.map((v) => unreached(host, v, pools)).find((reason) => reason !== undefined);

/** Why this host cannot have a volume where it lies, or nothing. */
function unreached(host: Candidate, { name, poolId }: VolumeNeed, { all }: Pools): string | undefined {
  if (poolId === null) return undefined;
  const pool = all.find(({ id }) => id === poolId);
  if (!pool || !reaches(host, pool)) return `does not reach the pool on which volume ${name} lies`;
  const reason = lost(pool, host.id);
  return reason && `${reason}, on which volume ${name} lies`;
}

/** In one order, so that no two choices wait for each other. Answers those that are still there and take volumes. */
async function lockPools(tx: Database, pools: readonly Pool[]): Promise<Pool[]> {
  const ids = pools.map(({ id }) => id);
  const { rows } = await sql<{ id: string }>`
    select id from storage_pool where id = any(${ids}::uuid[]) and removed is null and state = 'Up' order by id for update`.execute(
    tx,
  );
  const open = new Set(rows.map(({ id }) => id));
  return pools.filter(({ id }) => open.has(id));
}

async function promisedBytes(tx: Database, poolId: string): Promise<number> {
  const { total } = await tx
    .selectFrom('volume')
    .select(sql<number>`coalesce(sum(size_bytes), 0)::bigint`.as('total'))
    .where('storage_pool_id', '=', poolId)
    .where('removed', 'is', null)
    .executeTakeFirstOrThrow();
  return total;
}
