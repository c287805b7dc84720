import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { sql } from 'kysely';
import { withDatabase } from '../testing.ts';
import { up } from './0006-identity.ts';

test('of tags whose keys differ in their letters alone none is lost when that becomes one key: the first keeps its name', async () => {
  const { db } = await withDatabase();
  const [domain, account, thing] = [randomUUID(), randomUUID(), randomUUID()];
  await db.insertInto('domain').values({ id: domain, parent_id: null, name: 'ROOT', path: '/', level: 0 }).execute();
  await db.insertInto('account').values({ id: account, domain_id: domain, name: 'a', role_type: 'User' }).execute();
  await sql`drop index resource_tag_any_case`.execute(db);
  await sql`alter table resource_tag add unique (resource_id, key)`.execute(db);
  const ids = [randomUUID(), randomUUID(), randomUUID()] as const;
  const keys = ['Env', 'env', 'other'];
  for (const [n, key] of keys.entries()) {
    const about = { resource_type: 'UserVm', resource_id: thing, account_id: account, domain_id: domain };
    await db
      .insertInto('resource_tag')
      .values({ id: ids[n]!, key, value: `v${n}`, ...about, created: new Date(1000 * (n + 1)) })
      .execute();
  }
  await up(db as never);
  const rows = await db.selectFrom('resource_tag').select(['key', 'value']).orderBy('created').execute();
  assert.deepEqual(
    rows.map(({ key, value }) => [key, value]),
    [
      ['Env', 'v0'],
      [`env ${ids[1]}`, 'v1'],
      ['other', 'v2'],
    ],
  );
});
