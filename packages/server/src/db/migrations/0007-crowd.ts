import { type Kysely, sql } from 'kysely';

/** What hosts share is found without looking through what each of them has for itself: with every host, whenever it tells of its pools. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index storage_pool_shared on storage_pool (zone_id) where removed is null and host_id is null`.execute(db);
}
