import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type TestServer, withServer } from '../../http/testing.ts';

let server: TestServer;
before(async () => {
  server = await withServer();
});
type Setting = { name: string; value: string; defaultvalue: string; scope: string; type: string };
const setting = async (name: string, scope = {}): Promise<Setting> =>
  ((await server.call('listConfigurations', { name, ...scope })).configuration as Setting[])[0]!;

test('a setting is changed, counts at once, and is given its default back', async () => {
  assert.equal((await setting('default.page.size')).value, '500');
  const changed = (await server.call('updateConfiguration', { name: 'default.page.size', value: '2' }))
    .configuration as unknown as Setting;
  assert.deepEqual([changed.value, changed.defaultvalue, changed.type], ['2', '500', 'Number']);
  assert.equal(((await server.call('listOsTypes')).ostype as unknown[]).length, 2);
  assert.match(
    (await server.call('listOsTypes', { page: 1, pagesize: 3 })).errortext!,
    /Page size can not exceed max allowed list size value: 2/,
  );
  await server.call('resetConfiguration', { name: 'default.page.size' });
  assert.equal((await setting('default.page.size')).value, '500');
});

test('a setting of a zone counts there alone', async () => {
  const values = { name: 'z', networktype: 'Advanced', dns1: '9.9.9.9', internaldns1: '9.9.9.9' };
  const { id: zoneid } = (await server.call('createZone', values)).zone as { id: string };
  await server.call('updateConfiguration', { name: 'cpu.overprovisioning.factor', value: '4', zoneid });
  assert.equal((await setting('cpu.overprovisioning.factor', { zoneid })).value, '4');
  assert.equal((await setting('cpu.overprovisioning.factor')).value, '1.0');
  assert.equal(await server.cloud.settings.number('cpu.overprovisioning.factor', { scope: 'zone', id: zoneid }), 4);
  assert.match(
    (await server.call('updateConfiguration', { name: 'session.timeout', value: '5', zoneid })).errortext!,
    /cannot be set for a zone: its scope is Global/,
  );
});

test('what is no setting, and what is none of its values, is refused with what would be right', async () => {
  assert.match(
    (await server.call('updateConfiguration', { name: 'no.such', value: '1' })).errortext!,
    /There is no setting no\.such/,
  );
  assert.match((await server.call('updateConfiguration', { name: '__proto__', value: '1' })).errortext!, /There is no setting/);
  assert.match((await server.call('updateConfiguration', { name: 'expunge.delay', value: 'x' })).errortext!, /it is a number/);
  assert.match(
    (await server.call('updateConfiguration', { name: 'host.allow.emulation', value: 'maybe' })).errortext!,
    /true or false/,
  );
  assert.equal(
    (
      (await server.call('updateConfiguration', { name: 'host.allow.emulation', value: 'True' }))
        .configuration as unknown as Setting
    ).value,
    'true',
  );
});

test('lists are paged and searched', async () => {
  const all = await server.call('listConfigurations');
  const page = await server.call('listConfigurations', { page: 2, pagesize: 5 });
  assert.equal(page.count, all.count);
  assert.deepEqual(page.configuration, (all.configuration as Setting[]).slice(5, 10));
  const found = (await server.call('listConfigurations', { keyword: 'expunge' })).configuration as Setting[];
  assert.ok(found.length > 1 && found.every(({ name }) => name.includes('expunge')));
});

test('capabilities answer what clients ask of them', async () => {
  const capability = (await server.call('listCapabilities')).capability as Record<string, unknown>;
  assert.match(String(capability.cloudstackversion), /^4\.\d+\.\d+\.\d+$/);
  assert.deepEqual(
    [capability.securitygroupsenabled, capability.defaultuipagesize, capability.customdiskofferingmaxsize],
    [false, 20, 1024],
  );
});
