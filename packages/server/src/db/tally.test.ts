import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';
import { beside, gaveUp } from './testing/beside.ts';
import { withDatabase } from './testing.ts';

/** Each tally, with what it is told apart by and what in its table it counts. */
const living = { amounts: { amount: 'count(*)' }, when: 'removed is null' };
const tallies = {
  virtual_machine: { ...living, by: ['domain_id', 'project_id'] },
  volume: { ...living, by: ['domain_id', 'project_id'] },
  network: { ...living, by: ['domain_id', 'project_id', 'acl_type'] },
  account: { ...living, by: ['domain_id'], when: `removed is null and role_type <> 'Project'` },
  host: { ...living, by: [] },
  account_usage: {
    by: ['domain_id'],
    amounts: Object.fromEntries(['volume', 'cpu', 'primary_storage'].map((name) => [name, `sum(${name})`])),
    when: 'true',
  },
} as const;
type Table = keyof typeof tallies;
const tables = Object.keys(tallies) as Table[];

let db: Database;
const columns = new Map<Table, readonly Column[]>();
type Column = { readonly name: string; readonly type: string };

before(async () => {
  db = (await withDatabase()).db;
  // Rows stand alone here: only what is counted of them matters.
  const keys = await sql<{ table: string; name: string }>`
    select conrelid::regclass::text as table, conname as name from pg_constraint where contype = 'f'`.execute(db);
  for (const { table, name } of keys.rows)
    await sql`alter table ${sql.table(table)} drop constraint ${sql.ref(name)}`.execute(db);
  for (const table of tables) columns.set(table, await neededColumns(table));
});

const neededColumns = async (table: Table): Promise<readonly Column[]> =>
  (
    await sql<Column>`select column_name as name, data_type as type from information_schema.columns
      where table_name = ${table} and is_nullable = 'NO' and column_default is null and is_identity = 'NO'`.execute(db)
  ).rows;

const any = <T>(values: readonly T[]): T => values[randomInt(values.length)]!;
const domains = Array.from({ length: 3 }, () => randomUUID());
const projects = [null, null, randomUUID(), randomUUID()];
/** What of a row can change, and to what. */
const values: Readonly<Record<string, () => unknown>> = {
  domain_id: () => any(domains),
  project_id: () => any(projects),
  acl_type: () => any(['Account', 'Domain']),
  role_type: () => any(['User', 'Project']),
  removed: () => any([null, new Date()]),
  volume: () => randomInt(3),
  cpu: () => randomInt(3),
  primary_storage: () => randomInt(2 ** 40),
};
const changeable: Readonly<Record<Table, readonly string[]>> = {
  virtual_machine: ['domain_id', 'project_id', 'removed'],
  volume: ['domain_id', 'project_id', 'removed'],
  network: ['domain_id', 'project_id', 'acl_type', 'removed'],
  account: ['domain_id', 'role_type', 'removed'],
  host: ['removed'],
  account_usage: ['domain_id', 'volume', 'cpu', 'primary_storage'],
};
const byType: Readonly<Record<string, () => unknown>> = {
  uuid: randomUUID,
  text: randomUUID,
  integer: () => 1,
  boolean: () => false,
};

async function insert(tx: Database, table: Table): Promise<void> {
  const row = new Map(columns.get(table)!.map(({ name, type }) => [name, byType[type]!()]));
  for (const name of changeable[table]) row.set(name, values[name]!());
  await sql`insert into ${sql.table(table)} (${sql.join([...row.keys()].map((name) => sql.ref(name)))})
    values (${sql.join([...row.values()])})`.execute(tx);
}

const some = (table: Table): RawBuilder<unknown> =>
  sql`ctid = any(array(select ctid from ${sql.table(table)} order by random() limit ${randomInt(1, 4)}))`;

async function changeSomething(tx: Database): Promise<void> {
  const table = any(tables);
  const column = any(changeable[table]);
  const act = any([
    () => insert(tx, table),
    () => insert(tx, table),
    () => sql`update ${sql.table(table)} set ${sql.ref(column)} = ${values[column]!()} where ${some(table)}`.execute(tx),
    () => sql`update ${sql.table(table)} set ${sql.ref(column)} = ${values[column]!()} where ${some(table)}`.execute(tx),
    () => sql`delete from ${sql.table(table)} where ${some(table)}`.execute(tx),
    () => fold(tx, table),
  ]);
  await act();
}

const fold = (tx: Database, table: Table) => sql`select ${sql.id(`fold_${table}_tally`)}()`.execute(tx);

/** A transaction that changes a few rows, now and then none. */
const work = (): Promise<void> =>
  beside(db, async (tx) => {
    for (let n = randomInt(1, 6); n > 0; n--) await changeSomething(tx);
    if (randomInt(4) === 0) throw gaveUp;
  });

/** The sums, by what they are told apart by; what is nothing is left out. */
async function sums(
  from: RawBuilder<unknown>,
  { by, amounts }: { by: readonly string[]; amounts: Readonly<Record<string, string>> },
) {
  const names = sql.raw(by.map((name) => `${name}, `).join(''));
  const summed = Object.entries(amounts).map(([name, amount]) => sql`${sql.raw(amount)}::bigint as ${sql.ref(name)}`);
  const grouped = by.length > 0 ? sql.raw(`group by ${by.join(', ')}`) : sql``;
  const something = sql.raw(
    Object.keys(amounts)
      .map((name) => `${name} <> 0`)
      .join(' or '),
  );
  const found = await sql<object>`select * from (select ${names} ${sql.join(summed)} from ${from} ${grouped}) t
    where ${something} order by t::text`.execute(db);
  return found.rows;
}
const kept = (table: Table) => {
  const { by, amounts } = tallies[table];
  return sums(sql.table(`${table}_tally`), {
    by,
    amounts: Object.fromEntries(Object.keys(amounts).map((name) => [name, `sum(${name})`])),
  });
};
const counted = (table: Table) => sums(sql`${sql.table(table)} where ${sql.raw(tallies[table].when)}`, tallies[table]);

test('whatever happens to rows, one transaction beside another, a tally is what there is', async () => {
  const seen = new Set<Table>();
  for (let round = 0; round < 30; round++) {
    await Promise.all(Array.from({ length: 8 }, work));
    for (const table of tables) {
      const there = await counted(table);
      assert.deepEqual(await kept(table), there, table);
      if (there.length > 0) seen.add(table);
    }
  }
  assert.deepEqual([...seen].sort(), tables.toSorted());
});

test('a tally that is folded has one row for each sum, and the same sums', async () => {
  for (const table of tables) {
    const before = await kept(table);
    await fold(db, table);
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(`${table}_tally`)}`.execute(db);
    assert.equal(rows[0]!.n, before.length);
    assert.deepEqual(await kept(table), before);
  }
});

test('a tally folds itself: it does not grow with what comes and goes', async () => {
  for (let n = 0; n < 1500; n++) {
    await insert(db, 'host');
    await sql`delete from host`.execute(db);
  }
  const { rows } = await sql<{ n: number }>`select count(*) as n from host_tally`.execute(db);
  assert.ok(rows[0]!.n < 2000, `there are ${rows[0]!.n} rows of it`);
});

test('who makes something does not wait for who makes something beside him', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow = db.transaction().execute(async (tx) => {
    await insert(tx, 'host');
    await fold(tx, 'host');
    await promise;
  });
  await db.transaction().execute(async (tx) => {
    await sql`set local lock_timeout = '5s'`.execute(tx);
    await insert(tx, 'host');
    await fold(tx, 'host');
  });
  resolve();
  await slow;
  assert.deepEqual(await kept('host'), await counted('host'));
});
