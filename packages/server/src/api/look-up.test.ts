import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { sql } from 'kysely';
import { makeDomain } from '../accounts/testing.ts';
import type { Database } from '../db/database.ts';
import { seed } from '../db/seed.ts';
import { withDatabase } from '../db/testing.ts';
import { beside, lookUp, lookUpInOrder, withBeside } from './look-up.ts';

let db: Database;
const domains: string[] = [];
const accounts = Array.from({ length: 3 }, () => randomUUID());

before(async () => {
  db = (await withDatabase()).db;
  await seed(db);
  for (const name of ['one', 'two']) domains.push(await makeDomain(db, name));
  for (const [n, id] of accounts.entries())
    await db
      .insertInto('account')
      .values({ id, domain_id: domains[n % 2]!, name: `account ${n}`, role_type: 'User' })
      .execute();
});

test('rows come in the order of the ids that were asked for; what is not there is left out', async () => {
  const asked = [accounts[2]!, randomUUID(), accounts[0]!];
  const found = await lookUpInOrder(db, 'account', ['name'], asked);
  assert.deepEqual(found, [
    { id: accounts[2], name: 'account 2' },
    { id: accounts[0], name: 'account 0' },
  ]);
});

test('one that is named several times is looked up once, and nothing where nothing is named', async () => {
  assert.equal((await lookUp(db, 'account', ['name'], [accounts[0]!, accounts[0]!, null])).size, 1);
  assert.equal((await lookUp(db, 'account', ['name'], [null])).size, 0);
});

test('beside a row stands what its columns name, under the names that were given; null where they name nothing', async () => {
  const rows = await lookUpInOrder(db, 'account', ['domain_id', 'role_id'], accounts.slice(0, 2));
  const shown = await withBeside(db, rows, {
    domain_id: beside('domain', { domain: 'name', path: 'path' }),
    role_id: beside('role', { role: 'name' }),
  });
  assert.deepEqual(shown, [
    { id: accounts[0], domain_id: domains[0], role_id: null, domain: 'one', path: '/one/', role: null },
    { id: accounts[1], domain_id: domains[1], role_id: null, domain: 'two', path: '/two/', role: null },
  ]);
});

const scanned = async (tx: Database) =>
  (await sql<{ n: number }>`select seq_scan as n from pg_stat_xact_user_tables where relname = 'os_type'`.execute(tx)).rows[0]!.n;

test('a look-up reads what it is asked for alone, whatever else is in the table', async () => {
  await sql`insert into os_type (id, os_category_id, name)
    select gen_random_uuid(), (select id from os_category limit 1), 'os ' || n from generate_series(1, 5000) n`.execute(db);
  await sql`analyze os_type`.execute(db);
  const { rows } = await sql<{ id: string }>`select id from os_type`.execute(db);
  await db.transaction().execute(async (tx) => {
    const ids = rows.map(({ id }) => id).slice(0, 3000);
    const before = await scanned(tx);
    assert.equal((await lookUp(tx, 'os_type', ['name'], ids)).size, 3000);
    assert.equal(await scanned(tx), before);
  });
});
