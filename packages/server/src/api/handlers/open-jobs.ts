import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';

/** The open jobs about these things, the latest last. */
export const openJobs = (db: Database, ids: readonly string[]) =>
  db
    .selectFrom('job')
    .select(['id', 'instance_id'])
    .where('instance_id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('status', '=', 0)
    .orderBy('number')
    .execute();
