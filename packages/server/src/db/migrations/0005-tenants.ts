import { type Kysely, sql } from 'kysely';
import { allCompanions } from './0005-companions.ts';
import { listIndexes } from './0005-lists.ts';
import { counting } from './0005-usage.ts';

/** Roles, projects, keys, limits, tags, annotations; what each account has is counted by the rows themselves, in whatever transaction changes them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...tables, ...owned, ...counting, ...listIndexes, ...allCompanions])
    await sql.raw(statement).execute(db);
}

const tables = [
  `create table role (
  id uuid primary key,
  name text not null,
  description text default '' not null,
  role_type text not null,
  is_public boolean default true not null,
  is_default boolean default false not null,
  state text default 'enabled' not null,
  created timestamptz default now() not null,
  removed timestamptz
)`,
  // a lane of jobs that wait for others is no thing's id
  `alter table job alter column subject type text`,
  `create unique index role_name on role (name) where removed is null`,
  `insert into role (id, name, description, role_type, is_default) values
  ('5b8a1a6e-0000-4000-8000-000000000001', 'Root Admin', 'Default root admin role', 'Admin', true),
  ('5b8a1a6e-0000-4000-8000-000000000002', 'Resource Admin', 'Default resource admin role', 'ResourceAdmin', true),
  ('5b8a1a6e-0000-4000-8000-000000000003', 'Domain Admin', 'Default domain admin role', 'DomainAdmin', true),
  ('5b8a1a6e-0000-4000-8000-000000000004', 'User', 'Default user role', 'User', true),
  ('5b8a1a6e-0000-4000-8000-000000000005', 'Read-Only Admin - Default', 'Default read-only admin role', 'Admin', true),
  ('5b8a1a6e-0000-4000-8000-000000000006', 'Read-Only User - Default', 'Default read-only user role', 'User', true),
  ('5b8a1a6e-0000-4000-8000-000000000007', 'Support Admin - Default', 'Default support admin role', 'Admin', true),
  ('5b8a1a6e-0000-4000-8000-000000000008', 'Support User - Default', 'Default support user role', 'User', true)`,
  `create table role_permission (
  id uuid primary key,
  role_id uuid not null references role,
  rule text not null,
  permission text not null,
  description text default '' not null,
  sort_order integer not null,
  unique (role_id, rule)
)`,
  `alter table account add column role_id uuid references role, add column network_domain text,
     add column details jsonb default '{}' not null`,
  `alter table domain add column network_domain text, add column state text default 'Active' not null`,
  `alter table users add column failed_logins integer default 0 not null, add column totp_secret bytea,
     add column totp_enabled boolean default false not null, add column totp_mandated boolean default false not null,
     add column totp_used bigint, add column totp_attempts integer default 0 not null, add column totp_blocked timestamptz,
     add column password_change_required boolean default false not null`,
  // Names are looked for in whatever letters before they are given.
  `create index users_any_case on users (lower(username)) where removed is null`,
  `create index account_any_case on account (domain_id, lower(name)) where removed is null`,
  `create index domain_any_case on domain (parent_id, lower(name)) where removed is null`,
  `alter table session add column verified boolean default false not null`,
  `alter table api_key add column id uuid default gen_random_uuid() not null unique, add column name text,
     add column description text, add column starts timestamptz, add column ends timestamptz,
     add column rules jsonb default '[]' not null`,
  `create table project (
  id uuid primary key,
  domain_id uuid not null references domain,
  account_id uuid not null references account,
  name text not null,
  display_text text not null,
  state text default 'Active' not null,
  created timestamptz default now() not null,
  removed timestamptz
)`,
  `create unique index project_name on project (domain_id, name) where removed is null`,
  `create index project_created on project (created, id) where removed is null`,
  `create table project_role (
  id uuid primary key,
  project_id uuid not null references project,
  name text not null,
  description text default '' not null,
  created timestamptz default now() not null,
  removed timestamptz
)`,
  `create unique index project_role_name on project_role (project_id, name) where removed is null`,
  `create table project_role_permission (
  id uuid primary key,
  project_id uuid not null references project,
  project_role_id uuid not null references project_role,
  rule text not null,
  permission text not null,
  description text default '' not null,
  sort_order integer not null,
  unique (project_role_id, rule)
)`,
  `create table project_member (
  id uuid primary key,
  project_id uuid not null references project,
  account_id uuid not null references account,
  user_id uuid references users,
  role text not null,
  project_role_id uuid references project_role,
  created timestamptz default now() not null,
  unique nulls not distinct (project_id, account_id, user_id)
)`,
  `create index project_member_account on project_member (account_id)`,
  `create table project_invitation (
  id uuid primary key,
  project_id uuid not null references project,
  account_id uuid references account,
  user_id uuid references users,
  domain_id uuid not null references domain,
  email text,
  token_hash text,
  role text not null,
  project_role_id uuid references project_role,
  state text default 'Pending' not null,
  created timestamptz default now() not null
)`,
  `create index project_invitation_project on project_invitation (project_id)`,
  `create index project_invitation_account on project_invitation (account_id)`,
  `create table resource_limit (
  id uuid primary key default gen_random_uuid(),
  account_id uuid references account,
  domain_id uuid references domain,
  resource text not null,
  most bigint not null,
  check (num_nonnulls(account_id, domain_id) = 1),
  unique nulls not distinct (account_id, domain_id, resource)
)`,
  `create index resource_limit_domain on resource_limit (domain_id)`,
  `create table resource_tag (
  id uuid primary key,
  resource_type text not null,
  resource_id uuid not null,
  key text not null,
  value text not null,
  customer text,
  account_id uuid not null references account,
  domain_id uuid not null references domain,
  project_id uuid references project,
  created timestamptz default now() not null,
  unique (resource_id, key)
)`,
  `create index resource_tag_owner on resource_tag (account_id)`,
  `create index resource_tag_key on resource_tag (key, value)`,
  `create table annotation (
  id uuid primary key,
  entity_type text not null,
  entity_id uuid not null,
  text text not null,
  admins_only boolean default false not null,
  user_id uuid not null references users,
  account_id uuid not null references account,
  domain_id uuid not null references domain,
  project_id uuid references project,
  created timestamptz default now() not null,
  removed timestamptz
)`,
  `create index annotation_entity on annotation (entity_id) where removed is null`,
  `alter table event add column archived boolean default false not null`,
  `create index event_start on event (start_id) where start_id is not null`,
  `alter table job add column error_public text`,
];

/** What is a project's bears its id beside that of the project's account: lists leave it out without looking it up. */
const owned = ['network', 'virtual_machine', 'volume', 'template', 'ssh_key_pair', 'event', 'job'].flatMap((table) => [
  `alter table ${table} add column project_id uuid references project`,
  `create index ${table}_project on ${table} (project_id) where project_id is not null`,
]);
