import assert from 'node:assert/strict';
import test from 'node:test';
import { seed, seedId } from './seed.ts';
import { withDatabase } from './testing.ts';

test('an installation begins with a root domain, operating systems and offerings', async () => {
  const { db } = await withDatabase();
  await seed(db);
  const domain = await db.selectFrom('domain').selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([domain.name, domain.path, domain.level], ['ROOT', '/', 0]);
  const types = await db.selectFrom('os_type').select('name').execute();
  assert.ok(types.some(({ name }) => name === 'Debian GNU/Linux 12 (64-bit)'));
  const shared = await db
    .selectFrom('network_offering')
    .selectAll()
    .where('name', '=', 'DefaultSharedNetworkOffering')
    .executeTakeFirstOrThrow();
  assert.deepEqual([shared.state, shared.services.Dhcp], ['Enabled', ['VirtualRouter']]);
});

test('seeding again adds nothing and leaves what an admin changed or removed', async () => {
  const { db } = await withDatabase();
  await seed(db);
  const id = seedId('service_offering', 'Small Instance');
  await db.updateTable('service_offering').set({ name: 'S', removed: new Date() }).where('id', '=', id).execute();
  await seed(db);
  const rows = await db.selectFrom('service_offering').selectAll().execute();
  assert.equal(rows.length, 3);
  assert.equal(rows.find((row) => row.id === id)?.name, 'S');
});

test('two servers may seed at once', async () => {
  const { db } = await withDatabase();
  await Promise.all([seed(db), seed(db), seed(db)]);
  assert.equal((await db.selectFrom('domain').selectAll().execute()).length, 1);
});
