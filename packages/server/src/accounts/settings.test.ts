import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { withDatabase } from '../db/testing.ts';
import { settingProblem } from './setting-spec.ts';
import { openSettings } from './settings.ts';
import { settingNames, settingSpec } from './settings-table.ts';

test('the narrowest value that is set counts', async () => {
  const { db } = await withDatabase();
  const settings = openSettings(db);
  const [root, child] = [randomUUID(), randomUUID()];
  const domain = (id: string, parent_id: string | null, path: string) => ({ id, parent_id, name: path, path, level: 0 });
  await db
    .insertInto('domain')
    .values([domain(root, null, '/'), domain(child, root, '/a')])
    .execute();
  assert.equal(await settings.number('expunge.delay'), 86400);
  const put = (name: string, scope: string, scope_id: string, value: string) =>
    db.insertInto('setting').values({ name, scope, scope_id, value }).execute();
  await put('allow.user.view.destroyed.vm', 'domain', root, 'true');
  await put('expunge.delay', 'global', '', '5');
  settings.forget();
  assert.equal(await settings.number('expunge.delay'), 5);
  assert.equal(await settings.boolean('allow.user.view.destroyed.vm'), false);
  assert.equal(await settings.boolean('allow.user.view.destroyed.vm', { scope: 'domain', id: child }), true);
  await put('allow.user.view.destroyed.vm', 'domain', child, 'false');
  settings.forget();
  assert.equal(await settings.boolean('allow.user.view.destroyed.vm', { scope: 'domain', id: child }), false);
  await assert.rejects(settings.text('no.such.setting'), /not declared/);
});

test('what is around a thing counts where it is not set itself: an image store’s zone, a management server’s installation', async () => {
  const { db } = await withDatabase();
  const settings = openSettings(db);
  const [zone, store, server] = [randomUUID(), randomUUID(), randomUUID()];
  const addresses = { dns1: '192.0.2.1', internal_dns1: '192.0.2.1' };
  const switches = { allocation_state: 'Enabled', local_storage_enabled: false, security_groups_enabled: false };
  await db
    .insertInto('zone')
    .values({ id: zone, name: 'z', network_type: 'Advanced', ...addresses, ...switches })
    .execute();
  await db
    .insertInto('image_store')
    .values({ id: store, zone_id: zone, name: 's', provider: 'NFS', url: '', path: '' })
    .execute();
  const put = (name: string, scope: string, scope_id: string, value: string) =>
    db.insertInto('setting').values({ name, scope, scope_id, value }).execute();
  await put('guest.domain.suffix', 'global', '', 'all.example');
  await put('guest.domain.suffix', 'zone', zone, 'zone.example');
  const value = (scope: 'imagestore' | 'managementserver', id: string) => settings.value('guest.domain.suffix', { scope, id });
  assert.deepEqual(await value('imagestore', store), { value: 'zone.example', at: { scope: 'zone', id: zone } });
  assert.deepEqual(await value('managementserver', server), { value: 'all.example', at: { scope: 'global' } });
  assert.deepEqual(await settings.inherited('guest.domain.suffix', { scope: 'zone', id: zone }), {
    value: 'all.example',
    at: { scope: 'global' },
  });
  assert.deepEqual(await settings.inherited('guest.domain.suffix', { scope: 'global' }), { value: 'cs.internal', at: undefined });
});

test('every default is a valid value', () => {
  for (const name of settingNames) assert.equal(settingProblem(settingSpec(name)!, settingSpec(name)!.default), undefined, name);
});

test('a wrong value is refused with what a right one is', () => {
  const problem = (name: string, value: string) => settingProblem(settingSpec(name)!, value);
  assert.match(problem('expunge.delay', 'soon')!, /number/);
  assert.match(problem('expunge.delay', '-1')!, /at least 0/);
  assert.match(problem('session.timeout', '99999999')!, /at most 10080/);
  assert.match(problem('host.allow.emulation', 'yes')!, /true or false/);
  assert.match(problem('virtualization.mode', 'xyz')!, /pv, pvh, hvm/);
  assert.match(problem('secstorage.allowed.internal.sites', '10.0.0.0/8,nonsense')!, /list of networks/);
  assert.match(problem('secstorage.allowed.internal.sites', '0.0.0.0/0')!, /none of them \/0/);
  assert.equal(problem('secstorage.allowed.internal.sites', '10.0.0.0/8, fd00::/8'), undefined);
  assert.match(problem('guest.bridge.own', 'a b')!, /network interface/);
  for (const name of ['-a', 'a-', 'a..b', `${'a'.repeat(64)}.b`])
    assert.match(problem('guest.domain.suffix', name)!, /domain name/);
  assert.equal(problem('guest.domain.suffix', 'cloud-1.example.org'), undefined);
});
