import { type Kysely, sql } from 'kysely';

/** Agents through time: the certificate that a host shows, where servers reach each other, and the program that agents are to be. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table host add column certificate_serial text`,
  `create index certificate_subject on certificate (subject)`,
  `alter table server add column agent_url text`,
  `create table program (
  name text primary key,
  version text not null,
  sha512 text not null,
  offered timestamptz default now() not null
)`,
];
