import { type Kysely, sql } from 'kysely';

/** Roles, projects, keys, limits, tags, annotations; what each account has is counted by the rows themselves, in whatever transaction changes them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...tables, ...owned, ...counting]) await sql.raw(statement).execute(db);
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
  `create unique index role_name on role (name) where removed is null`,
  `insert into role (id, name, description, role_type, is_default) values
  ('5b8a1a6e-0000-4000-8000-000000000001', 'Root Admin', 'Default root admin role', 'Admin', true),
  ('5b8a1a6e-0000-4000-8000-000000000002', 'Resource Admin', 'Default resource admin role', 'ResourceAdmin', true),
  ('5b8a1a6e-0000-4000-8000-000000000003', 'Domain Admin', 'Default domain admin role', 'DomainAdmin', true),
  ('5b8a1a6e-0000-4000-8000-000000000004', 'User', 'Default user role', 'User', true)`,
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
     add column totp_used bigint, add column password_change_required boolean default false not null`,
  `alter table session add column verified boolean default true not null`,
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
];

/** What is a project's bears its id beside that of the project's account: lists leave it out without looking it up. */
const owned = ['network', 'virtual_machine', 'volume', 'template', 'ssh_key_pair', 'event', 'job'].flatMap((table) => [
  `alter table ${table} add column project_id uuid references project`,
  `create index ${table}_project on ${table} (project_id) where project_id is not null`,
]);

/** The condition under which a row counts, and how much of what it is. */
const counted = {
  virtual_machine: {
    when: `removed is null and state not in ('Destroyed', 'Expunging', 'Error')`,
    amounts: { user_vm: '1', running: `(state = 'Running')::int`, cpu: 'cpu_number', memory: 'memory_mb' },
  },
  volume: {
    when: `removed is null and state not in ('Destroy', 'Expunged')`,
    amounts: { volume: '1', primary_storage: 'size_bytes' },
  },
  template: { when: 'removed is null', amounts: { template: '1', secondary_storage: 'coalesce(size_bytes, 0)' } },
  network: { when: `removed is null and acl_type = 'Account'`, amounts: { network: '1' } },
} as const;

const resources = [
  ...['user_vm', 'running', 'public_ip', 'volume', 'snapshot', 'template', 'project', 'network', 'vpc', 'cpu', 'memory'],
  ...['primary_storage', 'secondary_storage'],
];

const counting = [
  `create table account_usage (
  account_id uuid primary key references account on delete cascade,
  domain_id uuid not null references domain,
  ${resources.map((name) => `${name} bigint default 0 not null`).join(',\n  ')}
) with (fillfactor = 80)`,
  `create index account_usage_domain on account_usage (domain_id)`,
  ...Object.entries(counted).flatMap(([table, { when, amounts }]) => countTrigger(table, when, amounts)),
  ...Object.entries(counted).map(([table, { when, amounts }]) => countNow(table, when, amounts)),
];

/** The row that bears an amount, in a trigger: `new` or `old`. */
function of(row: 'new' | 'old', expression: string): string {
  return expression.replace(/\b(removed|state|cpu_number|memory_mb|size_bytes|acl_type)\b(?!')/g, (column) => `${row}.${column}`);
}

/**
 * Adds what a row is worth more or less than before to its account's counts. Accounts that have more of anything afterwards are noted in the
 * transaction's own setting virtstack.grown, whose limits are looked at before it commits.
 */
function countTrigger(table: string, when: string, amounts: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(amounts);
  const worth = (row: 'new' | 'old', name: string): string =>
    `case when ${of(row, when)} then (${of(row, amounts[name]!)})::bigint else 0 end`;
  const add = (row: 'new' | 'old', deltas: readonly string[]): string => `
    insert into account_usage as u (account_id, domain_id, ${names.join(', ')})
      values (${row}.account_id, ${row}.domain_id, ${deltas.join(', ')})
      on conflict (account_id) do update set ${names.map((name) => `${name} = u.${name} + excluded.${name}`).join(', ')};`;
  const grown = (row: 'new', deltas: readonly string[]): string => `
    if ${deltas.map((delta) => `${delta} > 0`).join(' or ')} then
      perform set_config('virtstack.grown', concat_ws(',', nullif(current_setting('virtstack.grown', true), ''), ${row}.account_id), true);
    end if;`;
  const [n, o] = [names.map((name) => `n_${name}`), names.map((name) => `o_${name}`)];
  return [
    `create function count_${table}() returns trigger language plpgsql as $$
declare
  ${names.map((name) => `n_${name} bigint := 0; o_${name} bigint := 0;`).join('\n  ')}
begin
  if tg_op <> 'DELETE' then ${names.map((name) => `n_${name} := ${worth('new', name)};`).join(' ')} end if;
  if tg_op <> 'INSERT' then ${names.map((name) => `o_${name} := ${worth('old', name)};`).join(' ')} end if;
  if tg_op = 'DELETE' then
    ${add(
      'old',
      o.map((amount) => `-${amount}`),
    )}
  elsif tg_op = 'INSERT' then
    ${add('new', n)}
    ${grown('new', n)}
  elsif new.account_id <> old.account_id then
    ${add(
      'old',
      o.map((amount) => `-${amount}`),
    )}
    ${add('new', n)}
    ${grown('new', n)}
  elsif (${n.join(', ')}) is distinct from (${o.join(', ')}) then
    ${add(
      'new',
      names.map((name) => `n_${name} - o_${name}`),
    )}
    ${grown(
      'new',
      names.map((name) => `n_${name} - o_${name}`),
    )}
  end if;
  return null;
end $$`,
    `create trigger count_${table} after insert or update or delete on ${table} for each row execute function count_${table}()`,
  ];
}

/** Counts what is there already. */
function countNow(table: string, when: string, amounts: Readonly<Record<string, string>>): string {
  const names = Object.keys(amounts);
  return `insert into account_usage as u (account_id, domain_id, ${names.join(', ')})
    select account_id, (select domain_id from account where id = account_id), ${names.map((name) => `sum((${amounts[name]})::bigint)`).join(', ')}
    from ${table} where ${when} group by account_id
    on conflict (account_id) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`;
}
