import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { roles as builtIn } from '../../accounts/roles.ts';
import { makeDomain, makePerson, type Person } from '../../accounts/testing.ts';
import { callAs, type Keys, type TestServer, type Values, withServer } from '../../http/testing.ts';
import { type Admin, admin, type Told } from './testing.ts';

let server: TestServer;
let root: Admin;
before(async () => {
  server = await withServer();
  root = admin(server);
  await makeDomain(server.cloud.db, 'firm');
});

type Role = Told<'listRoles'>;
type Permission = Told<'listRolePermissions'>;
const code = async (keys: Keys, command: string, values: Values = {}) =>
  (await callAs(server, keys, command, values)).errorcode ?? 200;
const rule = (role: Role, text: string): Promise<Permission> =>
  root.make('createRolePermission', {
    roleid: role.id,
    rule: text.slice(1),
    permission: text.startsWith('+') ? 'allow' : 'deny',
  });
async function roleWith(type: string, ...rules: string[]): Promise<Role> {
  const role = await root.make('createRole', { name: `${type} ${rules.join(' ')}`.slice(0, 200), type });
  for (const text of rules) await rule(role, text);
  return role;
}
let people = 0;
/** Somebody of that role, as whatever gives it will have written it down. */
async function personOf(role: Role, domainPath = '/firm/'): Promise<Person> {
  const { db, secrets } = server.cloud;
  const person = await makePerson(db, secrets, `person-${++people}`, role.type as 'User', domainPath);
  await db.updateTable('account').set({ role_id: role.id }).where('id', '=', person.accountId).execute();
  return person;
}
const rulesOf = async (role: Role) =>
  (await root.list('listRolePermissions', { roleid: role.id })).items.map(
    (one) => (one.permission === 'allow' ? '+' : '-') + one.rule,
  );

test('a role denies one command and allows its like; the order of its rules decides', async () => {
  const role = await roleWith('User', '-listUsers', '+list*');
  const person = await personOf(role);
  const answers = async () => [
    await code(person, 'listZones'),
    await code(person, 'listUsers'),
    await code(person, 'createSSHKeyPair', { name: 'k' }),
  ];
  assert.deepEqual(await answers(), [200, 432, 432]);
  const { items } = await root.list('listRolePermissions', { roleid: role.id });
  const turned = items.map(({ id }) => id).toReversed();
  assert.equal((await server.call('updateRolePermission', { roleid: role.id, ruleorder: turned.join() })).success, true);
  assert.deepEqual(await rulesOf(role), ['+list*', '-listUsers']);
  assert.deepEqual(await answers(), [200, 200, 432]);
  await server.call('updateRolePermission', { roleid: role.id, ruleid: items[1]!.id, permission: 'deny' });
  assert.deepEqual(await answers(), [432, 432, 432]);
  await server.call('deleteRolePermission', { id: items[1]!.id });
  assert.deepEqual(await rulesOf(role), ['-listUsers']);
});

test('listApis is what the caller may call: by his role, and no more', async () => {
  const person = await personOf(await roleWith('User', '-listUsers', '+list*', '+createSSHKeyPair'));
  const { api } = (await callAs(server, person, 'listApis')) as unknown as { api: { name: string; related: string }[] };
  const names = api.map(({ name }) => name);
  assert.ok(names.includes('createSSHKeyPair') && names.includes('listHosts') && !names.includes('getUser'));
  assert.ok(!names.includes('listUsers') && !names.includes('registerSSHKeyPair'));
  assert.ok(api.every(({ related }) => related.split(',').every((one) => one === '' || names.includes(one))));
  for (const name of ['listApis', 'listCapabilities']) assert.ok(names.includes(name), 'without these no client works');
});

test('a user whose role has a command of admins sees no more by it than is his', async () => {
  const person = await personOf(
    await roleWith('User', '+listHosts', '+listUsers', '+createDomain', '+createServiceOffering', '+deleteZone'),
  );
  await server.call('createZone', { name: 'z', dns1: '192.0.2.1', internaldns1: '192.0.2.2', networktype: 'Advanced' });
  const [zone] = (await root.list('listZones')).items;
  assert.deepEqual(await callAs(server, person, 'listHosts'), {});
  assert.equal((await callAs(server, person, 'listUsers')).count, 1);
  assert.equal(await code(person, 'deleteZone', { id: zone!.id }), 431);
  const offering = { name: 'o', displaytext: 'o', cpunumber: 1, cpuspeed: 1000, memory: 512 };
  assert.equal(await code(person, 'createServiceOffering', offering), 200, 'this is about the installation');
});

test('who has a disabled role may call nothing but what everybody may, until it is enabled again', async () => {
  const role = await roleWith('User', '+list*');
  const person = await personOf(role);
  assert.equal((await server.call('disableRole', { id: role.id })).success, true);
  assert.deepEqual([await code(person, 'listZones'), await code(person, 'listApis')], [432, 200]);
  assert.deepEqual(
    (await root.list('listRoles', { state: 'disabled' })).items.map(({ id }) => id),
    [role.id],
  );
  await server.call('enableRole', { id: role.id });
  assert.equal(await code(person, 'listZones'), 200);
});

test('a role is made from another with its type and rules, and goes its own way', async () => {
  const first = await roleWith('DomainAdmin', '-listHosts', '+list*');
  const copy = await root.make('createRole', { name: 'copy', roleid: first.id, description: 'another' });
  assert.deepEqual(
    [copy.type, copy.description, copy.isdefault, copy.ispublic, copy.state],
    ['DomainAdmin', 'another', false, true, 'enabled'],
  );
  await rule(copy, '+createDomain');
  assert.deepEqual(
    [await rulesOf(first), await rulesOf(copy)],
    [
      ['-listHosts', '+list*'],
      ['-listHosts', '+list*', '+createDomain'],
    ],
  );
  const user = await root.make('createRole', { name: 'as users', roleid: builtIn.User.id });
  const person = await personOf(user);
  assert.deepEqual([await code(person, 'listZones'), await code(person, 'listHosts')], [200, 432]);
  for (const values of [{ name: 'x' }, { name: 'x', type: 'User', roleid: first.id }])
    assert.match((await root.refusal('createRole', values)).text, /either the type of the role, or, as roleid/);
  assert.match((await root.refusal('createRole', { name: 'copy', type: 'User' })).text, /already a role copy/);
});

test('built-in roles show what they may call, and stay as they are', async () => {
  const { items } = await root.list('listRoles');
  assert.deepEqual(
    items.slice(0, 4).map(({ name, isdefault }) => [name, isdefault]),
    Object.values(builtIn).map(({ name }) => [name, true]),
  );
  const [admins, users] = [
    await root.list('listRolePermissions', { roleid: builtIn.Admin.id }),
    await root.list('listRolePermissions', { roleid: builtIn.User.id }),
  ];
  assert.deepEqual(
    admins.items.map(({ rule: text }) => text),
    ['*'],
  );
  const names = users.items.map(({ rule: text }) => text);
  assert.ok(names.includes('deployVirtualMachine') && !names.includes('createZone'));
  assert.equal(new Set(users.items.map(({ id }) => id)).size, names.length);
  const id = builtIn.User.id;
  for (const [command, values] of [
    ['updateRole', { id, name: 'mine' }],
    ['deleteRole', { id }],
    ['disableRole', { id }],
    ['createRolePermission', { roleid: id, rule: 'x', permission: 'allow' }],
    ['importRole', { name: 'User', type: 'User', forced: true, 'rules[0].rule': '*', 'rules[0].permission': 'allow' }],
  ] as const)
    assert.match((await root.refusal(command, values)).text, /built-in one and stays as it is/, command);
});

test('the read-only and supporting roles of every installation do what they are called, within their type', async () => {
  const named = async (name: string) => personOf((await root.list('listRoles', { name })).items[0]!, '/');
  const [reader, helper] = [await named('Read-Only User - Default'), await named('Support User - Default')];
  const [overseer, supporter] = [await named('Read-Only Admin - Default'), await named('Support Admin - Default')];
  const can = (person: Keys, command: string) => code(person, command).then((answer) => answer !== 432);
  const table: [string, boolean, boolean, boolean, boolean][] = [
    ['listZones', true, true, true, true],
    ['listConfigurations', false, false, true, true],
    ['listHosts', false, false, true, true],
    ['startVirtualMachine', false, true, false, true],
    ['createServiceOffering', false, false, false, true],
    ['registerUserKeys', false, false, false, false],
    ['deployVirtualMachine', false, false, false, false],
  ];
  for (const [command, ...expected] of table)
    assert.deepEqual(await Promise.all([reader, helper, overseer, supporter].map((one) => can(one, command))), expected, command);
  const copy = await root.make('createRole', { name: 'copied reader', roleid: '5b8a1a6e-0000-4000-8000-000000000006' });
  assert.ok((await rulesOf(copy)).every((text) => !text.includes('*') && !text.startsWith('-')));
});

test('a role that accounts have keeps its type and is not deleted; one that nobody has is, and its name is free', async () => {
  const role = await root.make('createRole', { name: 'to go', type: 'User' });
  await rule(role, '+list*');
  const person = await personOf(role);
  assert.match((await root.refusal('deleteRole', { id: role.id })).text, /1 account that has it/);
  assert.match(
    (await root.refusal('updateRole', { id: role.id, type: 'Admin' })).text,
    new RegExp(`stays User while .* as ${person.name} does`),
  );
  const renamed = await root.make('updateRole', { id: role.id, name: 'gone', description: 'why', ispublic: false });
  assert.deepEqual([renamed.name, renamed.description, renamed.ispublic, renamed.type], ['gone', 'why', false, 'User']);
  await server.cloud.db.updateTable('account').set({ role_id: null }).where('id', '=', person.accountId).execute();
  assert.equal((await server.call('deleteRole', { id: role.id })).success, true);
  assert.equal((await root.list('listRoles', { name: 'gone' })).count, 0);
  assert.equal((await root.refusal('listRoles', { id: role.id })).code, 431);
  await root.make('createRole', { name: 'gone', type: 'User' });
});

test('a role is imported with its rules in order, and again only by force', async () => {
  const values = {
    name: 'imported',
    type: 'User',
    'rules[1].rule': 'list*',
    'rules[1].permission': 'allow',
    'rules[0].rule': 'listHosts',
    'rules[0].permission': 'DENY',
  };
  const role = await root.make('importRole', values);
  assert.deepEqual(await rulesOf(role), ['-listHosts', '+list*']);
  assert.match((await root.refusal('importRole', values)).text, /already a role imported\. With forced=true/);
  const again = await root.make('importRole', {
    name: 'imported',
    type: 'User',
    forced: true,
    'rules[0].rule': 'getUser',
    'rules[0].permission': 'allow',
  });
  assert.deepEqual([again.id, await rulesOf(again)], [role.id, ['+getUser']]);
  assert.match(
    (await root.refusal('importRole', { ...values, name: 'other', 'rules[0].rule': 'list(' })).text,
    /neither: listVirtualMachines or list\*/,
  );
  assert.equal((await root.list('listRoles', { name: 'other' })).count, 0);
});

test('an order that leaves rules out, names one twice or another role’s is refused', async () => {
  const [one, two] = [await roleWith('User', '+listZones', '+listUsers'), await roleWith('User', '+listEvents')];
  const [a, b] = (await root.list('listRolePermissions', { roleid: one.id })).items.map(({ id }) => id) as [string, string];
  const [c] = (await root.list('listRolePermissions', { roleid: two.id })).items.map(({ id }) => id) as [string];
  for (const order of [[a], [a, a], [a, c], [a, b, c]])
    assert.match(
      (await root.refusal('updateRolePermission', { roleid: one.id, ruleorder: order.join() })).text,
      /names each rule of the role/,
    );
  assert.match(
    (await root.refusal('updateRolePermission', { roleid: one.id, ruleid: c, permission: 'deny' })).text,
    /none of the role/,
  );
  assert.match(
    (await root.refusal('createRolePermission', { roleid: one.id, rule: 'listZones', permission: 'deny' })).text,
    /already has a rule about listZones/,
  );
});

test('nobody makes or changes a role that permits more than his own, his own neither', async () => {
  const less = await personOf(await roleWith('Admin', '-deleteZone', '+*'), '/');
  const refused = async (command: string, values: Values) => (await callAs(server, less, command, values)).errortext ?? 'done';
  const [own] = ((await callAs(server, less, 'listRoles', { keyword: '-deleteZone' })).role ?? []) as Role[];
  const [denying] = (await root.list('listRolePermissions', { roleid: own!.id })).items;
  const more = /permits more than yours/;
  assert.match(await refused('deleteRolePermission', { id: denying!.id }), more);
  assert.match(await refused('updateRolePermission', { roleid: own!.id, ruleid: denying!.id, permission: 'allow' }), more);
  assert.match(await refused('createRole', { name: 'raised', roleid: builtIn.Admin.id }), more);
  assert.match(
    await refused('importRole', { name: 'raised', type: 'User', 'rules[0].rule': 'deleteZone', 'rules[0].permission': 'allow' }),
    more,
  );
  assert.match(await refused('disableRole', { id: (await roleWith('User', '+deleteZone')).id }), more);
  assert.equal(await refused('createRole', { name: 'lesser', roleid: own!.id }), 'done');
  assert.deepEqual(await rulesOf(own!), ['-deleteZone', '+*']);
  assert.equal((await root.list('listRoles', { name: 'raised' })).count, 0);
  const maker = await personOf(await roleWith('DomainAdmin', '+*'));
  assert.match((await callAs(server, maker, 'createRole', { name: 'raised', type: 'Admin' })).errortext!, more);
  assert.equal(await code(maker, 'createRolePermission', { roleid: own!.id, rule: 'x', permission: 'allow' }), 431);
});

test('an admin of a domain sees the public roles that he may give, and the others are not there for him', async () => {
  const { db, secrets } = server.cloud;
  const chief = await makePerson(db, secrets, 'chief', 'DomainAdmin', '/firm/');
  const open = await roleWith('User', '+listZones');
  const hidden = await root.make('createRole', { name: 'hidden', type: 'User', ispublic: false });
  const above = await roleWith('User', '+createZone');
  const seen = ((await callAs(server, chief, 'listRoles')).role as Role[]).map(({ id }) => id);
  assert.ok(seen.includes(open.id) && seen.includes(builtIn.User.id) && seen.includes(builtIn.DomainAdmin.id));
  for (const id of [hidden.id, above.id, builtIn.Admin.id]) assert.ok(!seen.includes(id));
  assert.equal(await code(chief, 'listRoles', { id: hidden.id }), 431);
  assert.equal(await code(chief, 'createRole', { name: 'x', type: 'User' }), 432);
});
