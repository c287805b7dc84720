import { type Kysely, sql } from 'kysely';

/** Why a machine that runs does not boot, in its host's words; null: it boots, or nothing is known. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table virtual_machine add column boot_problem text`.execute(db);
}
