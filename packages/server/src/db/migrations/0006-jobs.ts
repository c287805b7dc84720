import { type Kysely, sql } from 'kysely';

/** Log-ins that failed lately, counted by name and by address: for all servers, and over their restarts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table login_failure (
    counted text not null,
    name text not null,
    failures integer not null,
    forgotten timestamptz not null,
    primary key (counted, name)
  )`.execute(db);
}
