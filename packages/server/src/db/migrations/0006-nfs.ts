import { type Kysely, sql } from 'kysely';

/** Primary storage that hosts mount, what each host says of it, and who brings an image onto it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements: readonly string[] = [
  `alter table storage_pool add column hypervisor text, add column export_path text, add column mount_options text[] default '{}' not null`,
  // Two that are made at the same moment must not be one.
  `create unique index storage_pool_export on storage_pool (lower(address), export_path) where removed is null and export_path is not null`,
  `create table pool_host (
  storage_pool_id uuid not null references storage_pool on delete cascade,
  host_id uuid not null references host on delete cascade,
  problem text,
  since timestamptz default now() not null,
  primary key (storage_pool_id, host_id)
)`,
  `create index pool_host_host on pool_host (host_id)`,
  `create table image_fetch (
  template_id uuid not null references template on delete cascade,
  storage_pool_id uuid not null references storage_pool on delete cascade,
  job_id uuid not null references job on delete cascade,
  primary key (template_id, storage_pool_id)
)`,
  `create index image_fetch_job on image_fetch (job_id)`,
];
