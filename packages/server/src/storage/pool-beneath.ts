import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { usesPool } from './pool-hosts.ts';

export type PoolBeneath = {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly address: string;
};

/** The primary storage in whose directory a file lies; of several the innermost. */
export const beneath = (pools: readonly PoolBeneath[], file: string): PoolBeneath | undefined =>
  pools.filter(({ path }) => file.startsWith(`${path}/`)).toSorted((a, b) => b.path.length - a.path.length)[0];

/** All that a host uses. */
export async function poolsAt(db: Database, hostId: string): Promise<PoolBeneath[]> {
  const { rows } = await sql<PoolBeneath>`
    select p.id, p.name, p.path, p.type, p.address from host h join storage_pool p on ${usesPool}
    where h.id = ${hostId} and p.removed is null`.execute(db);
  return rows;
}
