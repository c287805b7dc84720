import { type Kysely, sql } from 'kysely';

/** The virtualization mode in which a machine was started last. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table virtual_machine add column virtualization_mode text`.execute(db);
}
