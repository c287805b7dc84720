import { type Kysely, sql } from 'kysely';

/**
 * How many there are of the kinds of which there are most, and what accounts have by domain: kept by the rows, so that no list need count them. What is
 * searched for, and what tells whose a thing is, stands in the index by which lists are ordered: no list reads rows that it does not show.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const tallies = Object.entries(tallied).flatMap(([table, kind]) => tally(table, kind));
  for (const statement of [...tallies, ...Object.entries(looked).flatMap(ordered), ...others])
    await sql.raw(statement).execute(db);
}

const looked = {
  virtual_machine: 'project_id, name, display_name, instance_name, state',
  volume: 'project_id, name, type, state',
  network: 'project_id, acl_type, domain_id, name',
  account: 'role_type, name',
  host: 'name, address',
} as const;

const ordered = ([table, columns]: readonly [string, string]): string[] => [
  `drop index ${table}_created`,
  `create index ${table}_created on ${table} (created, id) include (${columns}) where removed is null`,
];

/** Hosts are looked after every two seconds. */
const others = [`create index host_status on host (status, server_number, id) where removed is null`];

type Kind = {
  /** By what it is told apart, with its type. */
  readonly by: Readonly<Record<string, string>>;
  /** What is added up of each row. */
  readonly amounts: Readonly<Record<string, string>>;
  /** Which rows count. */
  readonly when: string;
};
const living = { amounts: { amount: '1' }, when: 'removed is null' };
const owned = { domain_id: 'uuid not null', project_id: 'uuid' };
const resources = [
  ...['user_vm', 'running', 'public_ip', 'volume', 'snapshot', 'template', 'project', 'network', 'vpc', 'cpu', 'memory'],
  ...['primary_storage', 'secondary_storage'],
];

const tallied: Readonly<Record<string, Kind>> = {
  virtual_machine: { ...living, by: owned },
  volume: { ...living, by: owned },
  network: { ...living, by: { ...owned, acl_type: 'text not null' } },
  account: { ...living, by: { domain_id: 'uuid not null' }, when: `removed is null and role_type <> 'Project'` },
  host: { ...living, by: {} },
  account_usage: {
    by: { domain_id: 'uuid not null' },
    amounts: Object.fromEntries(resources.map((name) => [name, name])),
    when: 'true',
  },
};

/** How many rows are added to a tally before it is folded, about. */
const foldedEvery = 100;

/**
 * A tally is the sum of its rows. What changes adds to it and waits for nobody, for no row of it is ever changed; now and then what has gathered is
 * replaced by its sum, in whatever transaction it happens to be: rows that another one holds are left for the next time.
 */
function tally(table: string, { by, amounts, when }: Kind): string[] {
  const [columns, summed] = [Object.keys(by), Object.keys(amounts)];
  const list = (...parts: readonly (readonly string[])[]): string => parts.flat().join(', ');
  const grouped = columns.length > 0 ? `group by ${list(columns)}` : '';
  const sums = summed.map((name) => `sum(${name})::bigint`);
  const something = summed.map((name) => `sum(${name}) <> 0`).join(' or ');
  const alike = [...columns.map((name) => `t.${name} is not distinct from several.${name}`), 'true'].join(' and ');
  const worth = (row: 'old' | 'new', sign = ''): string =>
    list(
      columns.map((name) => `${row}.${name}`),
      Object.values(amounts).map((amount) => sign + of(row, amount)),
    );
  return [
    `create table ${table}_tally (${list(
      Object.entries(by).map(([name, type]) => `${name} ${type}`),
      summed.map((name) => `${name} bigint not null`),
    )})`,
    `create function fold_${table}_tally() returns void language sql as $$
  with several as (select ${list(columns, ['count(*)'])} from ${table}_tally ${grouped} having count(*) > 1),
    taken as (select t.ctid from ${table}_tally t join several on ${alike} for update of t skip locked),
    gone as (delete from ${table}_tally where ctid = any(array(select ctid from taken)) returning *)
  insert into ${table}_tally select ${list(columns, sums)} from gone ${grouped} having ${something}
$$`,
    `create function tally_${table}() returns trigger language plpgsql as $$ begin
  if tg_op <> 'INSERT' and ${of('old', when)} then insert into ${table}_tally values (${worth('old', '-')}); end if;
  if tg_op <> 'DELETE' and ${of('new', when)} then insert into ${table}_tally values (${worth('new')}); end if;
  if random() * ${foldedEvery} < 1 then perform fold_${table}_tally(); end if;
  return null;
end $$`,
    `create trigger tally_${table} after insert or delete on ${table} for each row execute function tally_${table}()`,
    `create trigger tally_${table}_change after update on ${table} for each row
  when ((${of('old', when)}, ${worth('old')}) is distinct from (${of('new', when)}, ${worth('new')})) execute function tally_${table}()`,
    `insert into ${table}_tally select ${list(
      columns,
      Object.values(amounts).map((amount) => `sum(${amount})`),
    )} from ${table} where ${when} ${grouped} having count(*) > 0`,
  ];
}

/** The row that bears it, in a trigger. */
const of = (row: 'old' | 'new', expression: string): string =>
  expression.replace(/\b(removed|role_type)\b|^[a-z]\w+$/g, (column) => (column === 'true' ? column : `${row}.${column}`));
