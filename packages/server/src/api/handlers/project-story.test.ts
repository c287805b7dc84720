import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { CommandName } from '@virtstack/contract';
import { makeDomain, makePerson } from '../../accounts/testing.ts';
import { callAs, jobAs, type Values } from '../../http/testing.ts';
import { type TestHost, type TestZone, withZone } from '../../orchestration/testing/zone.ts';
import { type Admin, admin } from './testing.ts';

/** One story from beginning to end: each test goes on where the one before it stopped. */
let zone: TestZone;
let host: TestHost['host'];
type Actor = Admin & { readonly name: string; readonly userId: string };
let [anna, bert, carl, chief, stranger] = [] as unknown as [Actor, Actor, Actor, Actor, Actor];

before(async () => {
  zone = await withZone();
  ({ host } = await zone.addHost());
  const { server } = zone;
  const { db, secrets } = server.cloud;
  await makeDomain(db, 'firm');
  await makeDomain(db, 'elsewhere');
  const actor = async (name: string, role: 'User' | 'DomainAdmin', path: string): Promise<Actor> => {
    const keys = await makePerson(db, secrets, name, role, path);
    const call = (command: string, values?: Values) => callAs(server, keys, command, values);
    return { ...admin({ call, job: (command, values) => jobAs(server, keys, command, values) }), name, userId: keys.userId };
  };
  anna = await actor('anna', 'User', '/firm/');
  bert = await actor('bert', 'User', '/firm/');
  carl = await actor('carl', 'User', '/firm/');
  chief = await actor('chief', 'DomainAdmin', '/firm/');
  stranger = await actor('stranger', 'DomainAdmin', '/elsewhere/');
});

const ids = async (who: Admin, command: CommandName, values: Values = {}): Promise<unknown[]> =>
  (await who.list(command, values)).items.map((item) => (item as { id: unknown }).id);
const members = async (): Promise<string[]> =>
  (await anna.list('listProjectAccounts', { projectid })).items.map(({ account, role }) => `${account} ${role}`);
const machine = (more: Values = {}): Values => ({
  ...{ zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId },
  ...more,
});
const unknown = /entity does not exist/;

let projectid: string;
test('Anna makes a project, which is hers to run; the account that will own its things shows nowhere', async () => {
  const made = await anna.make('createProject', { name: 'shop', displaytext: 'the shop' });
  projectid = made.id;
  assert.deepEqual([made.name, made.displaytext, made.state, made.domain], ['shop', 'the shop', 'Active', 'firm']);
  assert.deepEqual(made.owner, [{ account: 'anna' }]);
  assert.deepEqual(await members(), ['anna Admin']);
  assert.match((await anna.refusal('createProject', { name: 'shop' })).text, /already a project shop/);
  const accounts = (await chief.list('listAccounts', { listall: true })).items.map(({ name }) => name);
  assert.deepEqual(accounts.sort(), ['anna', 'bert', 'carl', 'chief']);
});

test('others do not know of it; the domain’s admin does, and another domain’s does not', async () => {
  assert.deepEqual(await ids(anna, 'listProjects'), [projectid]);
  assert.deepEqual(await ids(bert, 'listProjects', { listall: true }), []);
  assert.match((await bert.refusal('listProjects', { id: projectid })).text, unknown);
  assert.match((await bert.refusal('deployVirtualMachine', machine({ projectid }))).text, unknown);
  assert.deepEqual(await ids(chief, 'listProjects'), []);
  assert.deepEqual(await ids(chief, 'listProjects', { listall: true }), [projectid]);
  assert.match((await stranger.refusal('listProjects', { id: projectid })).text, unknown);
  assert.match((await stranger.refusal('deleteProject', { id: projectid, cleanup: true })).text, unknown);
});

test('where invitations are required Bert accepts his, Carl’s runs out before he does, and is sent again', async () => {
  const root = admin(zone.server);
  await root.make('updateConfiguration', { name: 'project.invite.required', value: true });
  await anna.make('addAccountToProject', { projectid, account: 'bert' });
  await anna.make('addAccountToProject', { projectid, account: 'carl' });
  assert.match((await anna.refusal('addAccountToProject', { projectid, account: 'bert' })).text, /has not answered/);
  assert.deepEqual(await members(), ['anna Admin']);
  assert.equal((await bert.list('listProjectInvitations')).items[0]!.project, 'shop');
  assert.match((await bert.refusal('listProjects', { id: projectid })).text, unknown);
  await bert.make('updateProjectInvitation', { projectid });
  assert.deepEqual(await ids(bert, 'listProjects'), [projectid]);
  assert.match((await bert.refusal('updateProjectInvitation', { projectid })).text, /no such invitation/);

  await root.make('updateConfiguration', { name: 'project.invite.timeout', value: 1 });
  await zone.server.cloud.db
    .updateTable('project_invitation')
    .set({ created: new Date(0) })
    .execute();
  assert.match((await carl.refusal('updateProjectInvitation', { projectid })).text, /no such invitation/);
  assert.equal((await carl.list('listProjectInvitations')).items[0]!.state, 'Expired');
  await root.make('updateConfiguration', { name: 'project.invite.timeout', value: 3600 });
  await anna.make('addAccountToProject', { projectid, account: 'carl' });
  assert.match((await stranger.refusal('updateProjectInvitation', { projectid, account: 'carl' })).text, /no such invitation/);
  await carl.make('updateProjectInvitation', { projectid, accept: false });
  assert.deepEqual((await carl.list('listProjectInvitations', { activeonly: true })).items, []);
  await root.make('updateConfiguration', { name: 'project.invite.required', value: false });
  await anna.make('addAccountToProject', { projectid, account: 'carl' });
  assert.deepEqual(await members(), ['anna Admin', 'bert Regular', 'carl Regular']);
});

let [vm, disk, own, key] = ['', '', '', ''];
test('what members make in it belongs to the project, and says so in place of an account', async () => {
  const { offerings } = { offerings: (await anna.list('listDiskOfferings')).items };
  const small = offerings.find(({ iscustomized }) => !iscustomized)!;
  key = (await bert.make('registerSSHKeyPair', { name: 'k', projectid, publickey: publicKey })).name;
  const made = await bert.make('deployVirtualMachine', machine({ projectid, name: 'till', keypair: key }));
  const volume = await carl.make('createVolume', { projectid, zoneid: zone.zoneId, diskofferingid: small.id, name: 'goods' });
  [vm, disk] = [made.id, volume.id];
  for (const thing of [made, volume])
    assert.deepEqual([thing.project, thing.projectid, thing.account], ['shop', projectid, undefined]);
  assert.equal(made.username, 'bert');
  const [pair] = (await anna.list('listSSHKeyPairs', { projectid })).items;
  assert.deepEqual([pair!.project, pair!.account], ['shop', undefined]);
  own = (await bert.make('deployVirtualMachine', machine({ name: 'own' }))).id;
  const [shop] = (await anna.list('listProjects', { id: projectid })).items;
  assert.deepEqual([shop!.vmtotal, shop!.vmrunning, shop!.volumetotal], [1, 1, 2]);
});

test('lists show it where it is asked for alone', async () => {
  assert.deepEqual(await ids(bert, 'listVirtualMachines'), [own]);
  assert.deepEqual(await ids(bert, 'listVirtualMachines', { listall: true }), [own]);
  assert.deepEqual(await ids(bert, 'listVirtualMachines', { projectid }), [vm]);
  assert.deepEqual(await ids(bert, 'listVirtualMachines', { projectid: '-1' }), [vm]);
  assert.deepEqual(await ids(bert, 'listVirtualMachines', { projectid: '-1', listall: true }), [vm, own]);
  assert.deepEqual(await ids(bert, 'listVirtualMachines', { id: vm }), [vm]);
  assert.deepEqual(await ids(chief, 'listVirtualMachines', { listall: true }), [own]);
  assert.deepEqual(await ids(chief, 'listVirtualMachines', { projectid }), [vm]);
  assert.deepEqual(await ids(stranger, 'listVirtualMachines', { projectid: '-1', listall: true }), []);
  assert.match((await stranger.refusal('listVirtualMachines', { projectid })).text, unknown);
});

test('what happens to its things is told in the project', async () => {
  const told = (await anna.list('listEvents', { projectid, type: 'VM.CREATE' })).items;
  assert.deepEqual(
    told.map(({ state, username, project, account }) => [state, username, project, account]).sort(),
    ['Completed', 'Scheduled', 'Started'].map((state) => [state, 'bert', 'shop', undefined]),
  );
  assert.deepEqual(await ids(bert, 'listEvents', { resourceid: vm }), []);
  assert.match((await stranger.refusal('listEvents', { projectid })).text, unknown);
});

test('nothing of an account’s own comes into it, and nothing of it goes out', async () => {
  const image = { url: 'https://images.example/p.qcow2', format: 'QCOW2', hypervisor: 'KVM', zoneid: zone.zoneId };
  const mine = await anna.make('registerTemplate', { ...image, name: 'mine' });
  const shops = await anna.make('registerTemplate', { ...image, name: 'shops', projectid });
  assert.deepEqual([shops.project, shops.account, shops.accountid], ['shop', undefined, undefined]);
  const inProject = await anna.refusal('deployVirtualMachine', machine({ projectid, templateid: mine.id }));
  assert.match(inProject.text, /Template mine is private and not the project’s/);
  const outside = await anna.refusal('deployVirtualMachine', machine({ templateid: shops.id }));
  assert.match(outside.text, /Template shops is private and a project’s/);
  const withKey = await bert.refusal('deployVirtualMachine', machine({ keypair: key }));
  assert.match(withKey.text, /was not found in the account/);
  const self = { templatefilter: 'self' };
  assert.deepEqual(await ids(anna, 'listTemplates', self), [mine.id]);
  for (const member of [anna, bert]) assert.deepEqual(await ids(member, 'listTemplates', { ...self, projectid }), [shops.id]);
  assert.match((await bert.refusal('attachVolume', { id: disk, virtualmachineid: own })).text, /belong to different accounts/);
});

test('a network of the project is for its machines alone', async () => {
  const root = admin(zone.server);
  const physical = await root.make('createPhysicalNetwork', { name: 'second', zoneid: zone.zoneId });
  await root.make('addTrafficType', { physicalnetworkid: physical.id, traffictype: 'Guest', kvmnetworklabel: 'br1' });
  const [offering] = (await root.list('listNetworkOfferings', { state: 'Enabled' })).items;
  const made = await root.make('createNetwork', {
    ...{ name: 'shelf', zoneid: zone.zoneId, networkofferingid: offering!.id, physicalnetworkid: physical.id, projectid },
    ...{ gateway: '10.7.0.1', netmask: '255.255.255.0', startip: '10.7.0.2', endip: '10.7.0.9' },
  });
  assert.deepEqual([made.acltype, made.project, made.account], ['Account', 'shop', undefined]);
  assert.deepEqual(await ids(bert, 'listNetworks', { projectid }), [zone.networkId, made.id]);
  assert.deepEqual(await ids(bert, 'listNetworks', { listall: true }), [zone.networkId]);
  const on = { networkids: made.id, startvm: false };
  const inside = await carl.make('deployVirtualMachine', machine({ ...on, projectid, name: 'shelved' }));
  assert.equal(inside.nic[0]!.networkname, 'shelf');
  await carl.make('destroyVirtualMachine', { id: inside.id });
  assert.match(
    (await carl.refusal('deployVirtualMachine', machine(on))).text,
    /Network shelf belongs to another account or project/,
  );
  assert.match((await stranger.refusal('deployVirtualMachine', machine(on))).text, /There is no network/);
});

test('a project role takes commands away from a member, by the first rule that is about them', async () => {
  const role = await anna.make('createProjectRole', { projectid, name: 'clerk' });
  const rule = (values: Values) => anna.make('createProjectRolePermission', { projectid, projectroleid: role.id, ...values });
  const deny = await rule({ rule: 'stop*', permission: 'deny' });
  const allow = await rule({ rule: 'stopVirtualMachine', permission: 'allow' });
  await anna.make('deleteAccountFromProject', { projectid, account: 'carl' });
  await anna.make('addAccountToProject', { projectid, account: 'carl', projectroleid: role.id });
  assert.match((await carl.refusal('stopVirtualMachine', { id: vm })).text, unknown);
  assert.deepEqual(await ids(carl, 'listVirtualMachines', { projectid }), [vm]);
  assert.equal((await carl.make('rebootVirtualMachine', { id: vm })).state, 'Running');
  const ruleorder = `${allow.id},${deny.id}`;
  await anna.make('updateProjectRolePermission', { projectid, projectroleid: role.id, ruleorder });
  assert.equal((await carl.make('stopVirtualMachine', { id: vm })).state, 'Stopped');
  assert.equal((await bert.make('startVirtualMachine', { id: vm })).state, 'Running');
  await rule({ rule: 'deploy*', permission: 'deny' });
  assert.match(
    (await carl.refusal('deployVirtualMachine', machine({ projectid }))).text,
    /role in the project .* does not permit/,
  );
  assert.match((await anna.refusal('deleteProjectRole', { id: role.id, projectid })).text, /1 member has this project role/);
  assert.match((await carl.refusal('createProjectRole', { projectid, name: 'x' })).text, /does not permit/);
});

test('the last admin cannot leave; one who hands it over can, and sees nothing of it afterwards', async () => {
  const leave = { projectid, account: 'anna' };
  assert.match((await anna.refusal('deleteAccountFromProject', leave)).text, /needs an admin/);
  assert.match((await bert.refusal('deleteAccountFromProject', leave)).text, /does not permit/);
  const { owner } = await anna.make('updateProject', { id: projectid, account: 'bert' });
  assert.deepEqual(owner, [{ account: 'bert' }]);
  assert.deepEqual(await members(), ['anna Regular', 'bert Admin', 'carl Regular']);
  await bert.make('deleteAccountFromProject', leave);
  for (const command of ['listVirtualMachines', 'listVolumes', 'listEvents', 'listSSHKeyPairs'] as const) {
    assert.match((await anna.refusal(command, { projectid })).text, unknown, command);
    const left = (await anna.list(command, { projectid: '-1' })).items;
    assert.deepEqual(left, [], command);
  }
  assert.match((await anna.refusal('listVirtualMachines', { id: vm })).text, unknown);
  assert.match((await anna.refusal('startVirtualMachine', { id: vm })).text, unknown);
  assert.deepEqual(await ids(anna, 'listProjects', { listall: true }), []);
});

test('a suspended project’s machines are stopped, and nothing is made or started in it until it is active again', async () => {
  await bert.make('createSSHKeyPair', { name: 'spare', projectid });
  assert.equal((await bert.make('suspendProject', { id: projectid })).state, 'Suspended');
  assert.equal(host.guests.get(vm)!.state, 'shutoff');
  const refused = /project shop is Suspended/;
  assert.match((await carl.refusal('startVirtualMachine', { id: vm })).text, refused);
  assert.match((await bert.refusal('deployVirtualMachine', machine({ projectid }))).text, refused);
  assert.match((await bert.refusal('registerSSHKeyPair', { name: 'n', projectid, publickey: publicKey })).text, refused);
  // what only takes away is done all the same
  assert.deepEqual(await bert.make('deleteSSHKeyPair', { name: 'spare', projectid }), { success: true });
  assert.equal((await bert.make('activateProject', { id: projectid })).state, 'Active');
  assert.equal((await carl.make('startVirtualMachine', { id: vm })).state, 'Running');
});

test('a project goes with all that is in it, and nothing else does', async () => {
  const refused = await bert.refusal('deleteProject', { id: projectid });
  assert.match(refused.text, /2 virtual machines, 3 volumes, 1 network and 1 template/);
  await bert.make('deleteProject', { id: projectid, cleanup: true });
  assert.deepEqual([...host.guests.keys()], [own]);
  assert.deepEqual(await ids(bert, 'listProjects', { listall: true }), []);
  assert.match((await bert.refusal('listVirtualMachines', { projectid })).text, unknown);
  assert.deepEqual(await ids(bert, 'listVirtualMachines', { projectid: '-1', listall: true }), [own]);
  const { db } = zone.server.cloud;
  const rest = await db.selectFrom('ssh_key_pair').select('id').where('project_id', '=', projectid).execute();
  assert.deepEqual(rest, []);
  const again = await anna.make('createProject', { name: 'shop' });
  assert.notEqual(again.id, projectid);
});

const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpZePnAS x';
