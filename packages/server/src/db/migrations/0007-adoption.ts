import { type Kysely, sql } from 'kysely';

/** Machines whose domains were there before them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table virtual_machine add column adopted boolean default false not null`.execute(db);
}
