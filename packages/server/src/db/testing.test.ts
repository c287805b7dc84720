import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withDatabase } from './testing.ts';

test('every test has a migrated database of its own', async () => {
  const [a, b] = [await withDatabase(), await withDatabase()];
  await a.db.insertInto('setting').values({ name: 'x', scope: 'global', scope_id: '', value: '1' }).execute();
  assert.equal((await a.db.selectFrom('setting').selectAll().execute()).length, 1);
  assert.deepEqual(await b.db.selectFrom('setting').selectAll().execute(), []);
});
