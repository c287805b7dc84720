import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { SettingSpec } from '../../accounts/setting-spec.ts';
import { settingNames, settingsTable } from '../../accounts/settings-table.ts';
import { makeDomain, makePerson } from '../../accounts/testing.ts';
import { seedId } from '../../db/seed.ts';
import { callAs, type TestServer, withServer } from '../../http/testing.ts';

let server: TestServer;
before(async () => {
  server = await withServer();
});
type Setting = { name: string; value: string; defaultvalue: string; description: string; scope: string; type: string };
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

test('what a setting is in a scope says where it is set', async () => {
  const { db, secrets } = server.cloud;
  const [outer, inner] = [await makeDomain(db, 'outer'), await makeDomain(db, 'inner', '/outer/')];
  const { accountId: accountid } = await makePerson(db, secrets, 'somebody', 'User', '/outer/inner/');
  const name = 'allow.user.view.destroyed.vm';
  const set = (value: string, scope = {}) => server.call('updateConfiguration', { name, value, ...scope });
  const seen = async (scope = {}) => {
    const { value, description } = await setting(name, scope);
    return [value, / \((Set [^)]*)\)$/.exec(description)?.[1]];
  };
  assert.deepEqual(await seen({ accountid }), ['false', undefined]);
  await set('true');
  assert.deepEqual(await seen({ accountid }), ['true', 'Set for the whole installation.']);
  await set('false', { domainid: outer });
  assert.deepEqual(await seen({ accountid }), ['false', 'Set for the domain ROOT/outer.']);
  assert.deepEqual(await seen({ domainid: outer }), ['false', 'Set here.']);
  await set('true', { accountid });
  assert.deepEqual(await seen({ accountid }), ['true', 'Set here.']);
  assert.deepEqual(await seen({ domainid: inner }), ['false', 'Set for the domain ROOT/outer.']);
  const reset = (await server.call('resetConfiguration', { name, accountid })).configuration as unknown as Setting;
  assert.equal(reset.value, 'false', 'given back what the domain around it says');
  await server.call('resetConfiguration', { name });
});

test('every scope is looked at by its own parameter, one at a time, and holds what can be set there', async () => {
  const [zoneid, domainid] = [await zone('scopes'), seedId('domain', 'ROOT')];
  const names = async (scope = {}) =>
    ((await server.call('listConfigurations', scope)).configuration as Setting[])?.map(({ name }) => name) ?? [];
  assert.ok((await names({ zoneid })).includes('cpu.overprovisioning.factor'));
  assert.ok(!(await names({ zoneid })).includes('session.timeout'));
  assert.ok((await names({ domainid })).includes('allow.user.view.destroyed.vm'));
  const { id: managementserverid } = await server.cloud.db.selectFrom('server').select('id').executeTakeFirstOrThrow();
  assert.deepEqual(await names({ managementserverid }), []);
  assert.match((await server.call('listConfigurations', { zoneid, domainid })).errortext!, /one scope at a time/);
  assert.match((await server.call('listConfigurations', { subgroup: 'Others' })).errortext!, /group name must be specified/);
  assert.ok((await names({ parent: 'api.throttling.enabled' })).includes('api.throttling.max'));
});

test('groups hold every setting', async () => {
  const groups = (await server.call('listConfigurationGroups')).configurationgroup as {
    name: string;
    subgroup: { name: string }[];
  }[];
  const all = (await server.call('listConfigurations')).count!;
  let sum = 0;
  for (const { name, subgroup } of groups)
    sum += (await server.call('listConfigurations', { group: name, subgroup: subgroup[0]!.name })).count ?? 0;
  assert.equal(sum, all);
  assert.equal((await server.call('listConfigurationGroups', { group: groups[0]!.name })).count, 1);
});

test('a domain admin sees the settings of his domains alone, and changes them where the installation lets him', async () => {
  const { db, secrets } = server.cloud;
  const [his, foreign] = [await makeDomain(db, 'his'), await makeDomain(db, 'foreign')];
  const boss = await makePerson(db, secrets, 'boss', 'DomainAdmin', '/his/');
  const stranger = await makePerson(db, secrets, 'stranger', 'User', '/foreign/');
  const call = (command: string, values = {}) => callAs(server, boss, command, values);
  const name = 'allow.user.expunge.recover.vm';
  const own = (await call('listConfigurations')).configuration as Setting[];
  assert.ok(own.some((one) => one.name === name) && !own.some((one) => one.name === 'session.timeout'));
  assert.equal((await call('listConfigurations', { domainid: his })).errorcode, undefined);
  for (const scope of [{ domainid: foreign }, { accountid: stranger.accountId }])
    assert.match((await call('listConfigurations', scope)).errortext!, /entity does not exist/);
  assert.equal((await call('listConfigurations', { zoneid: await zone('not-his') })).errorcode, 531);
  const change = (scope = {}) => call('updateConfiguration', { name, value: 'true', ...scope });
  assert.match((await change({ domainid: his })).errortext!, /allow\.domain\.admins\.modify\.configuration/);
  await server.call('updateConfiguration', { name: 'allow.domain.admins.modify.configuration', value: 'true' });
  assert.equal(((await change({ domainid: his })).configuration as unknown as Setting).value, 'true');
  assert.equal((await change()).errorcode, 531, 'the installation’s own are never his');
  for (const scope of [{ domainid: foreign }, { domainid: seedId('domain', 'ROOT') }, { accountid: stranger.accountId }])
    assert.match((await change(scope)).errortext!, /entity does not exist/);
  assert.match(
    (await call('updateConfiguration', { name: 'session.timeout', value: '1', domainid: his })).errortext!,
    /no setting/,
  );
  assert.equal((await callAs(server, stranger, 'listConfigurations')).errorcode, 432);
  await server.call('resetConfiguration', { name: 'allow.domain.admins.modify.configuration' });
});

test('a secret setting is used, and neither shown nor logged nor readable in the database', async () => {
  const name = 'test.secret';
  const spec: SettingSpec = { category: 'Access', kind: 'text', default: '', secret: true, scopes: ['zone'], doc: 'A test’s.' };
  Object.assign(settingsTable, { [name]: spec });
  (settingNames as string[]).push(name);
  const value = 'Only-For-The-Cloud';
  assert.equal((await setting(name)).value, '');
  const answer = (await server.call('updateConfiguration', { name, value })).configuration as unknown as Setting;
  assert.deepEqual([answer.value, (await setting(name)).value], ['********', '********']);
  assert.equal((await setting(name, { zoneid: await zone('secretive') })).value, '********');
  assert.equal(await server.cloud.settings.text(name), value);
  assert.match((await server.call('updateConfiguration', { name, value: '********' })).errortext!, /give the value itself/);
  const long = (await server.call('updateConfiguration', { name, value: value.repeat(300) })).errortext!;
  assert.match(long, /at most 4096/);
  const rows = await server.cloud.db.selectFrom('setting').selectAll().where('name', '=', name).execute();
  assert.equal(rows.length, 1);
  for (const place of [JSON.stringify(rows), server.logged.join(''), long]) assert.ok(!place.includes(value));
  await server.call('resetConfiguration', { name });
  assert.equal(await server.cloud.settings.text(name), '');
});

const zone = async (name: string): Promise<string> => {
  const values = { name, networktype: 'Advanced', dns1: '192.0.2.1', internaldns1: '192.0.2.1' };
  return ((await server.call('createZone', values)).zone as { id: string }).id;
};

test('capabilities answer what clients ask of them', async () => {
  const capability = (await server.call('listCapabilities')).capability as Record<string, unknown>;
  assert.match(String(capability.cloudstackversion), /^4\.\d+\.\d+\.\d+$/);
  assert.deepEqual(
    [capability.securitygroupsenabled, capability.defaultuipagesize, capability.customdiskofferingmaxsize],
    [false, 20, 1024],
  );
});
