import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type AnyCommand, type CommandName, commands, type Entity, type EntityDeclaration, entities } from '@virtstack/contract';
import type { Values } from '../http/testing.ts';
import { type TestZone, withZone } from '../orchestration/testing/zone.ts';
import { type Admin, admin } from './handlers/testing.ts';
import { type Speaker, speaker } from './testing/people.ts';

/** Root admins are in ROOT, and ROOT can have domain admins beside them, who may do less. */
let zone: TestZone;
let root: Admin;
let deputy: Speaker;
let clerk: Speaker;
let builtIn: { readonly id: string; readonly accountid: string; readonly domainid: string };
let machine: string;
before(async () => {
  zone = await withZone();
  root = admin(zone.server);
  deputy = await speaker(zone.server, 'deputy', 'DomainAdmin', '/');
  clerk = await speaker(zone.server, 'clerk', 'User', '/');
  builtIn = (await root.list('listUsers', { username: 'admin' })).items[0]!;
  const place = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId, startvm: false };
  machine = (await root.make('deployVirtualMachine', { ...place, name: 'secret' })).id;
  await clerk.make('deployVirtualMachine', { ...place, name: 'plain' });
  for (const who of [root, clerk]) await who.make('createSSHKeyPair', { name: 'k' });
  await root.make('createTags', { resourcetype: 'UserVm', resourceids: machine, 'tags[0].key': 'k', 'tags[0].value': 'v' });
  await root.make('addAnnotation', { entitytype: 'VM', entityid: machine, annotation: 'why' });
  await root.make('registerUserKeys', { id: builtIn.id });
});

const lists = (Object.keys(commands) as CommandName[]).flatMap((name) => {
  const { kind, access }: AnyCommand = commands[name];
  return kind === 'list' && 'shows' in access ? [{ name, entity: access.shows }] : [];
});
/** Of what is shared others than its owner read; accounts and users are seen. */
const isOwned = (entity: Entity): boolean => {
  const { ownership, shared }: EntityDeclaration = entities[entity];
  return entity === 'apikey' || (shared === undefined && (ownership === 'owner' || ownership === 'asker'));
};
const values = (name: CommandName): Values => ({
  ...('listall' in commands[name].params && { listall: true }),
  ...('projectid' in commands[name].params && { projectid: '-1' }),
});

test('an admin of ROOT’s domain reads nothing of what root admins own, in no list', async () => {
  const read: string[] = [];
  for (const { name, entity } of lists.filter((list) => isOwned(list.entity))) {
    const told = JSON.stringify(await deputy.call(name, values(name)));
    for (const secret of [machine, builtIn.accountid, builtIn.id])
      assert.ok(!told.includes(secret), `${name} tells of a root admin’s ${entity}`);
    if (told.includes(clerk.accountId) || told.includes('"account":"clerk"')) read.push(name);
  }
  for (const name of ['listEvents', 'listVirtualMachines', 'listSSHKeyPairs', 'listUserKeys'])
    assert.ok(read.includes(name), `${name}: what the domain’s other accounts own he does read (${read})`);
});

test('what root admins own is to him as what does not exist', async () => {
  const unknown = /There is no \w+ of that id, or it is not yours/;
  const { items } = await root.list('listEvents', { resourceid: machine });
  const keyOf = (await root.list('listUserKeys', { userid: builtIn.id })).items[0]!.id;
  for (const [command, asked] of [
    ['listVirtualMachines', { id: machine }],
    ['destroyVirtualMachine', { id: machine }],
    ['listEvents', { id: items[0]!.id }],
    ['listUserKeys', { keypairid: keyOf }],
    ['deleteUserKeys', { keypairid: keyOf }],
    ['createTags', { resourcetype: 'Account', resourceids: builtIn.accountid, 'tags[0].key': 'k', 'tags[0].value': 'v' }],
    ['createTags', { resourcetype: 'User', resourceids: builtIn.id, 'tags[0].key': 'k', 'tags[0].value': 'v' }],
  ] as const)
    assert.match((await deputy.refusal(command, asked)).text, unknown, command);
});

test('he sees that there are root admins, and neither acts on them nor for them', async () => {
  const [seen] = (await deputy.list('listUsers', { id: builtIn.id })).items;
  assert.deepEqual([seen!.username, seen!.apikey], ['admin', undefined]);
  assert.ok((await root.list('listUsers', { id: builtIn.id })).items[0]!.apikey);
  const [account] = (await deputy.list('listAccounts', { name: 'admin', domainid: builtIn.domainid })).items;
  assert.deepEqual([account!.id, account!.user[0]!.apikey], [builtIn.accountid, undefined]);
  for (const [command, asked] of [
    ['updateUser', { id: builtIn.id, password: 'correct horse battery' }],
    ['disableUser', { id: builtIn.id }],
    ['registerUserKeys', { id: builtIn.id }],
    ['setupUserTwoFactorAuthentication', { enable: false, userid: builtIn.id }],
    ['updateAccount', { account: 'admin', domainid: builtIn.domainid, networkdomain: 'x.example' }],
    ['createUser', { ...person, account: 'admin', domainid: builtIn.domainid }],
    ['createSSHKeyPair', { name: 'his', account: 'admin', domainid: builtIn.domainid }],
    ['updateResourceLimit', { account: 'admin', domainid: builtIn.domainid, resourcetype: 0, max: 1 }],
  ] as const)
    assert.ok([431, 531].includes((await deputy.refusal(command, asked)).code), command);
  assert.equal((await deputy.call('getUserKeys', { id: builtIn.id })).errorcode, 431);
});

const person = { username: 'x', password: 'correct horse battery', email: 'x@example.org', firstname: 'X', lastname: 'X' };
