import { randomUUID } from 'node:crypto';
import type { PoolReport } from '@virtstack/protocol';
import type { Insertable } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';

type NewPool = Pick<
  Insertable<Tables['storage_pool']>,
  'name' | 'zone_id' | 'pod_id' | 'cluster_id' | 'host_id' | 'type' | 'scope' | 'path' | 'address' | 'tags'
>;

/** A primary storage that its hosts have made ready. */
export async function insertPool(db: Database, pool: NewPool, { capacityBytes, usedBytes }: PoolReport): Promise<string> {
  const id = randomUUID();
  await db
    .insertInto('storage_pool')
    .values({ id, ...pool, state: 'Up', capacity_bytes: capacityBytes, used_bytes: usedBytes })
    .execute();
  return id;
}
