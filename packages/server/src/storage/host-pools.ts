import { agentMethods, type Method, type PoolReport, type PoolSource } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Cloud } from '../cloud.ts';
import type { Database } from '../db/database.ts';
import { isCloudError, wordsFor } from '../error.ts';
import { raiseAlert } from '../hosts/alert.ts';
import { refusalKind } from '../hosts/refusals.ts';
import { poolsUsedBy, type UsedPool } from './pool-hosts.ts';

/** Where hosts mount pools: the same path on each of them, so that a guest is described the same wherever it runs. */
const mounts = '/var/lib/virtstack/mnt';
export const mountPoint = (poolId: string): string => `${mounts}/${poolId}`;

type Mounted = { readonly address: string; readonly export_path: string | null; readonly mount_options: string[] };

/** What hosts mount for a pool; undefined: nothing. */
export const sourceOf = ({ address, export_path, mount_options }: Mounted): PoolSource | undefined =>
  export_path === null ? undefined : { type: 'nfs', server: address, path: export_path, options: mount_options };

/** Longer than an agent tries to mount. */
export const mountMs = 45_000;

type Call = (method: Method<z.ZodType, z.ZodType>, params: Record<string, unknown>) => Promise<unknown>;

/**
 * Works in what a host tells of its pools, and has it mount what it should have and does not know of. Answers whether it is worth trying what could not be
 * done in them.
 */
export async function comparePools(cloud: Cloud, hostId: string, reports: readonly PoolReport[], call: Call): Promise<boolean> {
  const pools = await poolsUsedBy(cloud.db, hostId);
  const known = new Set(reports.map(({ path }) => path));
  const missing = pools.filter((pool) => pool.export_path !== null && !known.has(pool.path));
  const told = await Promise.all(missing.map((pool) => wordOf(pool, call)));
  return record(cloud.db, hostId, pools, [...reports, ...told]);
}

/** What a host told when it was asked. */
export const recordPools = async (db: Database, hostId: string, reports: readonly PoolReport[]): Promise<boolean> =>
  record(db, hostId, await poolsUsedBy(db, hostId), reports);

/** Has a host let go of what is no pool of its any more: one that was deleted while it was away. */
export async function dropPools({ db, log }: Cloud, hostId: string, reports: readonly PoolReport[], call: Call): Promise<void> {
  const ours = new Set((await poolsUsedBy(db, hostId)).map(({ path }) => path));
  for (const { path } of reports)
    if (path.startsWith(`${mounts}/`) && !ours.has(path))
      await call(agentMethods.releasePool, { path }).catch((error: unknown) =>
        log.warn({ err: error, hostId, path }, 'a host keeps a pool that is not its any more'),
      );
}

async function record(
  db: Database,
  hostId: string,
  pools: readonly UsedPool[],
  reports: readonly PoolReport[],
): Promise<boolean> {
  const said = new Map(reports.map((report) => [report.path, report]));
  const told = pools.flatMap((pool) => (said.has(pool.path) ? [{ pool, report: said.get(pool.path)! }] : []));
  for (const { pool, report } of told) {
    await recordSize(db, pool, report);
    await recordProblem(db, hostId, pool, report.problem ?? null);
  }
  return told.some(({ pool, report }) => report.problem === undefined && (pool.problem !== null || pool.export_path !== null));
}

async function recordSize(db: Database, pool: UsedPool, { capacityBytes, usedBytes, problem }: PoolReport): Promise<void> {
  if (problem !== undefined || (capacityBytes === pool.capacity_bytes && usedBytes === pool.used_bytes)) return;
  await db
    .updateTable('storage_pool')
    .set({ capacity_bytes: capacityBytes, used_bytes: usedBytes })
    .where('id', '=', pool.id)
    .execute();
}

async function recordProblem(db: Database, hostId: string, pool: UsedPool, problem: string | null): Promise<void> {
  if (pool.told && pool.problem === problem) return;
  const row = { storage_pool_id: pool.id, host_id: hostId };
  await db
    .insertInto('pool_host')
    .values({ ...row, problem })
    .onConflict((on) => on.columns(['storage_pool_id', 'host_id']).doUpdateSet({ problem, since: sql<Date>`clock_timestamp()` }))
    .execute();
  if (problem !== null && pool.problem === null)
    await raiseAlert(db, {
      type: 'STORAGE',
      name: 'ALERT.STORAGE.LOST',
      description: `Host ${pool.host} cannot use the primary storage ${pool.name}: ${problem}`,
      zoneId: pool.zone_id,
      resourceId: pool.id,
    });
}

/** A host's word about a pool that it is to mount; one that cannot be asked says so. */
async function wordOf(pool: UsedPool, call: Call): Promise<PoolReport> {
  try {
    return (await call(agentMethods.preparePool, { path: pool.path, source: sourceOf(pool) })) as PoolReport;
  } catch (error) {
    // One that went away says so when it comes back.
    if (!isCloudError(error) || refusalKind(error) === 'disconnected') throw error;
    return { path: pool.path, capacityBytes: 0, usedBytes: 0, problem: wordsFor(true, error) };
  }
}
