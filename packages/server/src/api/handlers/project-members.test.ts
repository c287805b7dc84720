import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import type { RoleType } from '@virtstack/contract';
import { makeDomain, makePerson } from '../../accounts/testing.ts';
import { callAs, jobAs, type TestServer, type Values, withServer } from '../../http/testing.ts';
import { type Admin, admin } from './testing.ts';

let server: TestServer;
type Actor = Admin & { readonly accountId: string; readonly userId: string };
let [anna, bert, chief, root] = [] as unknown as [Actor, Actor, Actor, Admin];
let names = 0;

before(async () => {
  server = await withServer();
  root = admin(server);
  await makeDomain(server.cloud.db, 'firm');
  [anna, bert] = [await actor('anna'), await actor('bert')];
  chief = await actor('chief', 'DomainAdmin');
});

async function actor(name: string, role: RoleType = 'User', path = '/firm/'): Promise<Actor> {
  const keys = await makePerson(server.cloud.db, server.cloud.secrets, name, role, path);
  const call = (command: string, values?: Values) => callAs(server, keys, command, values);
  const job = (command: string, values?: Values) => jobAs(server, keys, command, values);
  return { ...admin({ call, job }), accountId: keys.accountId, userId: keys.userId };
}

/** A second user of an account, who calls with keys of his own. */
async function userOf({ accountId }: Actor, username: string): Promise<string> {
  const id = randomUUID();
  const words = { username, firstname: username, lastname: '', email: '', password_hash: 'none' };
  await server.cloud.db
    .insertInto('users')
    .values({ id, account_id: accountId, ...words })
    .execute();
  return id;
}

const project = async (who: Admin = anna, more: Values = {}) =>
  (await who.make('createProject', { name: `p${++names}`, ...more })).id;
const members = async (projectid: string): Promise<string[]> =>
  (await root.list('listProjectAccounts', { projectid })).items.map(({ account, username, role }) =>
    [account, username, role].filter((word) => word !== undefined).join(' '),
  );

test('a project is made for an account or a single user of it, by whoever may act for them', async () => {
  const other = await userOf(bert, 'bertha');
  const forBert = await project(chief, { accountid: bert.accountId });
  assert.deepEqual(await members(forBert), ['bert Admin']);
  const forBertha = await project(chief, { userid: other });
  assert.deepEqual(await members(forBertha), ['bert bertha Admin']);
  const domainid = (await chief.list('listDomains')).items[0]!.id;
  assert.deepEqual(await members(await project(root, { account: 'anna', domainid })), ['anna Admin']);
  assert.match((await anna.refusal('createProject', { name: 'x', accountid: bert.accountId })).text, /entity does not exist/);
  const mixed = await chief.refusal('createProject', { name: 'x', accountid: anna.accountId, userid: other });
  assert.match(mixed.text, /belongs to another account/);
});

test('users make projects where the setting lets them, admins of domains anyhow', async () => {
  await root.make('updateConfiguration', { name: 'allow.user.create.projects', value: false });
  assert.match((await anna.refusal('createProject', { name: 'mine' })).text, /allow\.user\.create\.projects/);
  await project(chief);
  await root.make('updateConfiguration', { name: 'allow.user.create.projects', value: true });
});

test('an account runs as many projects as its limit lets it: it may make no more, nor be handed one', async () => {
  const carl = await actor('carl');
  const domainid = (await chief.list('listDomains')).items[0]!.id;
  await root.make('updateResourceLimit', { resourcetype: 5, account: 'carl', domainid, max: 1 });
  const own = await project(carl);
  assert.equal((await carl.refusal('createProject', { name: 'second' })).code, 532);
  const projectid = await project();
  await anna.make('addAccountToProject', { projectid, account: 'carl' });
  assert.equal((await anna.refusal('updateProject', { id: projectid, account: 'carl' })).code, 532);
  await carl.make('deleteProject', { id: own });
  await anna.make('updateProject', { id: projectid, account: 'carl' });
  assert.deepEqual(await members(projectid), ['anna Regular', 'carl Admin']);
});

test('a single user comes and goes without his account', async () => {
  const projectid = await project();
  const userid = await userOf(bert, 'bernd');
  await anna.make('addUserToProject', { projectid, username: 'bernd', roletype: 'Admin' });
  assert.deepEqual(await members(projectid), ['anna Admin', 'bert bernd Admin']);
  assert.deepEqual(
    (await bert.list('listProjects')).items.filter(({ id }) => id === projectid),
    [],
  );
  assert.match(
    (await anna.refusal('addUserToProject', { projectid, username: 'bernd' })).text,
    /a member of the project .* already/,
  );
  await anna.make('addAccountToProject', { projectid, account: 'bert' });
  await anna.make('deleteUserFromProject', { projectid, userid });
  assert.deepEqual(await members(projectid), ['anna Admin', 'bert Regular']);
  assert.match((await anna.refusal('deleteUserFromProject', { projectid, userid })).text, /no member/);
});

test('whom a project does not know it does not take, whatever domain he is in', async () => {
  const projectid = await project();
  await makeDomain(server.cloud.db, 'abroad');
  await actor('zoe', 'User', '/abroad/');
  const refusals = await Promise.all(
    [{ account: 'zoe' }, { account: 'nobody' }].map((who) => anna.refusal('addAccountToProject', { projectid, ...who })),
  );
  const said = refusals.map(({ text }) => text.replace(/account \w+/, 'account'));
  assert.equal(said[0], said[1]);
  assert.match(said[0]!, /There is no account in the domain of the project/);
  assert.match((await anna.refusal('addAccountToProject', { projectid, email: 'z@example.org' })).text, /sends no mail/);
  const account = (await root.list('listProjects', { id: projectid })).items[0]!.projectaccountname;
  assert.match((await anna.refusal('addAccountToProject', { projectid, account })).text, /There is no account/);
});

test('with several admins, whose place is taken must be said; a role is given to a member alone', async () => {
  const id = await project();
  await anna.make('addAccountToProject', { projectid: id, account: 'bert', roletype: 'Admin' });
  await anna.make('addAccountToProject', { projectid: id, account: 'chief' });
  assert.match((await anna.refusal('updateProject', { id, account: 'chief' })).text, /has 2 admins/);
  assert.match((await anna.refusal('updateProject', { id, account: 'chief', swapowner: false })).text, /roletype is missing/);
  await anna.make('updateProject', { id, account: 'chief', swapowner: false, roletype: 'Admin' });
  await anna.make('updateProject', { id, account: 'bert', swapowner: false, roletype: 'Regular' });
  assert.deepEqual(await members(id), ['anna Admin', 'bert Regular', 'chief Admin']);
  await chief.make('updateProject', { id, account: 'chief', swapowner: false, roletype: 'Regular' });
  const last = await anna.refusal('updateProject', { id, account: 'anna', swapowner: false, roletype: 'Regular' });
  assert.match(last.text, /needs an admin/);
  assert.match((await anna.refusal('updateProject', { id, account: 'stranger' })).text, /no member/);
});

test('two admins who leave at the same moment leave one behind', async () => {
  const projectid = await project();
  await anna.make('addAccountToProject', { projectid, account: 'bert', roletype: 'Admin' });
  const leave = (who: Actor, account: string) => who.make('deleteAccountFromProject', { projectid, account });
  const left = await Promise.allSettled([leave(anna, 'anna'), leave(bert, 'bert')]);
  assert.deepEqual(left.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.equal((await members(projectid)).length, 1);
});

test('projects are found by name, text, state, user, account and domain', async () => {
  const id = await project(anna, { displaytext: 'a garden' });
  const { name, domainid } = (await anna.list('listProjects', { id })).items[0]!;
  const found = async (values: Values): Promise<boolean> =>
    (await root.list('listProjects', { listall: true, ...values })).items.some((one) => one.id === id);
  for (const values of [{ name }, { displaytext: 'a garden' }, { keyword: 'GARD' }, { state: 'active' }, { username: 'anna' }])
    assert.equal(await found(values), true, JSON.stringify(values));
  for (const values of [{ name: 'p' }, { state: 'Suspended' }, { username: 'bert' }, { account: 'bert', domainid }])
    assert.equal(await found(values), false, JSON.stringify(values));
  assert.equal(await found({ account: 'anna', domainid }), true);
  const [ROOT] = (await root.list('listDomains', { level: 0 })).items;
  assert.equal(await found({ domainid: ROOT!.id }), false);
  assert.equal(await found({ domainid: ROOT!.id, isrecursive: true }), true);
});

test('an invitation is seen by both sides, is taken back by the project’s admin, and can then no longer be accepted', async () => {
  const projectid = await project();
  await root.make('updateConfiguration', { name: 'project.invite.required', value: true });
  await anna.make('addAccountToProject', { projectid, account: 'bert' });
  const [invitation] = (await bert.list('listProjectInvitations')).items;
  const { id } = invitation!;
  assert.deepEqual([invitation!.projectid, invitation!.account, invitation!.state], [projectid, 'bert', 'Pending']);
  const seen = async (who: Actor, values: Values) =>
    (await who.list('listProjectInvitations', values)).items.map((one) => one.id);
  assert.deepEqual(
    [await seen(anna, {}), await seen(anna, { projectid }), await seen(chief, { listall: true })],
    [[], [id], [id]],
  );
  assert.match((await bert.refusal('listProjectInvitations', { projectid })).text, /entity does not exist/);
  assert.match((await bert.refusal('deleteProjectInvitation', { id })).text, /entity does not exist/);
  await anna.make('deleteProjectInvitation', { id });
  const refused = await bert.refusal('updateProjectInvitation', { projectid });
  assert.equal(refused.text, (await bert.refusal('updateProjectInvitation', { projectid: randomUUID() })).text);
  await root.make('updateConfiguration', { name: 'project.invite.required', value: false });
});

test('roles and rules are of their own project', async () => {
  const [one, other] = [await project(), await project()];
  const role = await anna.make('createProjectRole', { projectid: one, name: 'clerk', description: 'sells' });
  assert.match((await anna.refusal('createProjectRole', { projectid: one, name: 'clerk' })).text, /has a role clerk already/);
  assert.match(
    (await anna.refusal('addAccountToProject', { projectid: other, account: 'bert', projectroleid: role.id })).text,
    /not one of this/,
  );
  assert.match((await anna.refusal('deleteProjectRole', { projectid: other, id: role.id })).text, /not one of this/);
  const base = { projectid: one, projectroleid: role.id };
  const rule = await anna.make('createProjectRolePermission', { ...base, rule: 'stop*', permission: 'deny', description: 'no' });
  const again = { ...base, rule: 'stop*', permission: 'allow' };
  assert.match((await anna.refusal('createProjectRolePermission', again)).text, /has a rule about stop\* already/);
  assert.match((await anna.refusal('createProjectRolePermission', { ...again, rule: 'a.*' })).text, /a pattern of letters/);
  assert.match(
    (await anna.refusal('updateProjectRolePermission', { ...base, ruleorder: `${rule.id},${rule.id}` })).text,
    /name each of them once/,
  );
  await anna.make('updateProjectRolePermission', { ...base, projectrolepermissionid: rule.id, permission: 'allow' });
  const listed = (await anna.list('listProjectRolePermissions', base)).items;
  assert.deepEqual(
    listed.map(({ rule: text, permission, projectrolename }) => [text, permission, projectrolename]),
    [['stop*', 'allow', 'clerk']],
  );
  assert.match((await anna.refusal('deleteProjectRolePermission', { projectid: other, id: rule.id })).text, /not one of this/);
  await anna.make('deleteProjectRolePermission', { projectid: one, id: rule.id });
  const renamed = await anna.make('updateProjectRole', { projectid: one, id: role.id, name: 'seller' });
  assert.deepEqual([renamed.name, renamed.description], ['seller', 'sells']);
  await anna.make('deleteProjectRole', { projectid: one, id: role.id });
  assert.deepEqual((await anna.list('listProjectRoles', { projectid: one })).items, []);
});
