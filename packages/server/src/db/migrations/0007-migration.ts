import { type Kysely, sql } from 'kysely';

/** Where a machine that moves is going: its place there counts like the one that it has. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table virtual_machine add column migration_host_id uuid references host`.execute(db);
  await sql`create index virtual_machine_migration on virtual_machine (migration_host_id)
    where migration_host_id is not null and removed is null`.execute(db);
}
