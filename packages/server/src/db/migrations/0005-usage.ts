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
const sums = (expression: (name: string) => string, separator = ', '): string => resources.map(expression).join(separator);

/** What account $1 has, counted in the rows. */
const recount = `select ${sums((name) => `coalesce(sum(${name}), 0)::bigint as ${name}`)} from (
  ${[
    ...Object.entries(counted).map(([table, { when, amounts }]) => {
      const amountOf: Readonly<Record<string, string>> = amounts;
      const columns = sums((name) => `${name in amountOf ? `(${amountOf[name]})::bigint` : '0'} as ${name}`);
      return `select ${columns} from ${table} where account_id = $1 and ${when}`;
    }),
    `select ${sums((name) => `${name === 'project' ? 'count(distinct p.id)' : '0'} as ${name}`)}
     from project_member m join project p on p.id = m.project_id where m.account_id = $1 and m.role = 'Admin' and p.removed is null`,
  ].join('\n  union all ')}) as has`;

/** Every account has its counts from the beginning; a removed one no longer, once it has nothing. */
function accountTriggers(): string[] {
  return [
    `create function open_account_usage() returns trigger language plpgsql as $$
begin
  insert into account_usage (account_id, domain_id) values (new.id, new.domain_id);
  return null;
end $$`,
    `create trigger open_account_usage after insert on account for each row execute function open_account_usage()`,
    `create function move_account_usage() returns trigger language plpgsql as $$
begin
  update account_usage set domain_id = new.domain_id where account_id = new.id and domain_id <> new.domain_id;
  delete from account_usage where account_id = new.id and new.removed is not null
    and (${sums((name) => name)}) = (${sums(() => '0')});
  return null;
end $$`,
    `create constraint trigger move_account_usage after update of domain_id, removed on account deferrable initially deferred
  for each row execute function move_account_usage()`,
    `create function note_growth(account uuid, resource text, amount bigint) returns void language sql as $$
  select set_config('virtstack.grown', concat_ws(',', nullif(current_setting('virtstack.grown', true), ''),
    account || ':' || resource || ':' || amount), true) where amount <> 0
$$`,
  ];
}

/** The row that bears an amount, in a trigger: `new` or `old`. */
const of = (row: 'new' | 'old', expression: string): string =>
  expression.replace(/\b(removed|state|cpu_number|memory_mb|size_bytes|acl_type)\b(?!')/g, (column) => `${row}.${column}`);

/**
 * Adds what a row is worth more or less than before to its account's counts, when the transaction commits or says that it is time: until then nobody
 * waits for it. What accounts have more or less is noted in the transaction's own setting virtstack.grown, for whoever looks at limits before it commits.
 */
function countTriggers(table: string, when: string, amounts: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(amounts);
  const worth = (row: 'new' | 'old', name: string): string =>
    `case when ${of(row, when)} then (${of(row, amounts[name]!)})::bigint else 0 end`;
  const add = (row: 'new' | 'old', delta: (name: string) => string): string => `
    update account_usage set ${names.map((name) => `${name} = ${name} + ${delta(name)}`).join(', ')} where account_id = ${row}.account_id;
    ${names.map((name) => `perform note_growth(${row}.account_id, '${name}', ${delta(name)});`).join('\n    ')}`;
  return [
    `create function count_${table}() returns trigger language plpgsql as $$
declare
  ${names.map((name) => `n_${name} bigint := 0; o_${name} bigint := 0;`).join('\n  ')}
begin
  if tg_op <> 'DELETE' then ${names.map((name) => `n_${name} := ${worth('new', name)};`).join(' ')} end if;
  if tg_op <> 'INSERT' then ${names.map((name) => `o_${name} := ${worth('old', name)};`).join(' ')} end if;
  if tg_op = 'UPDATE' and new.account_id = old.account_id then
    ${add('new', (name) => `(n_${name} - o_${name})`)}
    return null;
  end if;
  if tg_op <> 'INSERT' then
    ${add('old', (name) => `(-o_${name})`)}
  end if;
  if tg_op <> 'DELETE' then
    ${add('new', (name) => `n_${name}`)}
  end if;
  return null;
end $$`,
    ...['insert', 'delete'].map((event) => constraintTrigger(`count_${table}`, table, event)),
    constraintTrigger(
      `count_${table}`,
      table,
      'update',
      `old.account_id <> new.account_id or (${names.map((name) => worth('old', name)).join(', ')})
    is distinct from (${names.map((name) => worth('new', name)).join(', ')})`,
    ),
  ];
}

const constraintTrigger = (name: string, table: string, event: string, when?: string): string =>
  `create constraint trigger ${name}_${event} after ${event} on ${table} deferrable initially deferred
  for each row ${when ? `when (${when}) ` : ''}execute function ${name}()`;

/** Projects count for the accounts that are their admins. They are few, so they are counted anew. */
function projectTriggers(): string[] {
  return [
    `create function count_projects_of(account uuid) returns void language plpgsql as $$
declare was bigint; amount bigint;
begin
  select project into was from account_usage where account_id = account for no key update;
  -- A statement of its own: it sees what was committed while the row above was waited for.
  select has.project into amount from account_has(account) as has;
  update account_usage set project = amount where account_id = account and project <> amount;
  perform note_growth(account, 'project', amount - was);
end $$`,
    `create function count_project_member() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then perform count_projects_of(old.account_id); end if;
  if tg_op <> 'DELETE' and (tg_op = 'INSERT' or new.account_id <> old.account_id or new.role <> old.role) then
    perform count_projects_of(new.account_id);
  end if;
  return null;
end $$`,
    ...['insert', 'delete', 'update'].map((event) => constraintTrigger('count_project_member', 'project_member', event)),
    `create function count_project() returns trigger language plpgsql as $$
begin
  perform count_projects_of(account_id) from (select distinct account_id from project_member where project_id = new.id order by 1) m;
  return null;
end $$`,
    constraintTrigger('count_project', 'project', 'update', 'old.removed is distinct from new.removed'),
  ];
}

/** What each account has, counted as the rows change. */
export const counting = [
  `create table account_usage (
  account_id uuid primary key references account on delete cascade,
  domain_id uuid not null references domain,
  ${sums((name) => `${name} bigint default 0 not null`, ',\n  ')}
) with (fillfactor = 80)`,
  `create index account_usage_domain on account_usage (domain_id)`,
  `create function account_has(uuid) returns table (${sums((name) => `${name} bigint`)}) language sql stable as $$ ${recount} $$`,
  `insert into account_usage select id, domain_id, has.* from account, account_has(id) as has`,
  ...accountTriggers(),
  ...Object.entries(counted).flatMap(([table, { when, amounts }]) => countTriggers(table, when, amounts)),
  ...projectTriggers(),
];
