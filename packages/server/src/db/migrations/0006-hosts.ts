import { type Kysely, sql } from 'kysely';

/** Hosts are added over SSH: the keys of both sides, and which hosts the server has set up. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table server_secret (
  name text primary key,
  value bytea not null,
  created timestamptz default now() not null
)`,
  `create table ssh_host_key (
  address text not null,
  port integer not null,
  key bytea not null,
  created timestamptz default now() not null,
  primary key (address, port)
)`,
  `alter table host add column set_up boolean default false not null`,
];
