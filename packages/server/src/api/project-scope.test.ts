import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import type { CommandName, Entity, RoleType } from '@virtstack/contract';
import { callerById } from '../accounts/callers.ts';
import { makeDomain, makePerson, type Person } from '../accounts/testing.ts';
import type { Database } from '../db/database.ts';
import { type TestServer, withServer } from '../http/testing.ts';
import { notNameable, type Use } from './entities.ts';
import { type OwnershipParams, visible } from './scope.ts';

/** A firm with a user, another user, its admin, and a project; a key of each, named after its owner. */
let server: TestServer;
let db: Database;
let [ann, ben, chief, outsider] = [] as unknown as [Person, Person, Person, Person];
/** Another user of Ben’s account. */
let colleague: Person;
let [project, strange] = [] as unknown as [Made, Made];
type Made = { readonly id: string; readonly accountId: string };

before(async () => {
  server = await withServer();
  db = server.cloud.db;
  const person = (name: string, role: RoleType, path: string) => makePerson(db, server.cloud.secrets, name, role, path);
  const firm = await makeDomain(db, 'firm');
  const other = await makeDomain(db, 'other');
  [ann, ben] = [await person('ann', 'User', '/firm/'), await person('ben', 'User', '/firm/')];
  colleague = { ...ben, userId: randomUUID() };
  const words = { username: 'colleague', firstname: '', lastname: '', email: '', password_hash: 'none' };
  await db
    .insertInto('users')
    .values({ id: colleague.userId, account_id: ben.accountId, ...words })
    .execute();
  [chief, outsider] = [await person('chief', 'DomainAdmin', '/firm/'), await person('outsider', 'DomainAdmin', '/other/')];
  [project, strange] = [await makeProject('project', firm), await makeProject('strange', other)];
  for (const { name, accountId, domainId } of [ann, ben, chief, outsider]) await key(name, accountId, domainId, null);
  await key('project', project.accountId, firm, project.id);
  await key('strange', strange.accountId, other, strange.id);
});

async function makeProject(name: string, domain_id: string): Promise<Made> {
  const [id, accountId] = [randomUUID(), randomUUID()];
  await db
    .insertInto('account')
    .values({ id: accountId, domain_id, name: `of ${name}`, role_type: 'Project' })
    .execute();
  await db.insertInto('project').values({ id, domain_id, account_id: accountId, name, display_text: name }).execute();
  return { id, accountId };
}

async function key(name: string, account_id: string, domain_id: string, project_id: string | null): Promise<void> {
  const row = { id: randomUUID(), name, fingerprint: name, public_key: name };
  await db
    .insertInto('ssh_key_pair')
    .values({ ...row, account_id, domain_id, project_id })
    .execute();
}

type Joining = { readonly role?: string; readonly alone?: boolean; readonly rules?: readonly (readonly [string, string])[] };

/** Makes somebody what he is in the project, in place of what he was. */
async function joins({ accountId, userId }: Person, { role = 'Regular', alone = false, rules }: Joining = {}): Promise<void> {
  const roleId = rules && randomUUID();
  if (roleId) await db.insertInto('project_role').values({ id: roleId, project_id: project.id, name: roleId }).execute();
  for (const [sort_order, [rule, permission]] of (rules ?? []).entries())
    await db
      .insertInto('project_role_permission')
      .values({ id: randomUUID(), project_id: project.id, project_role_id: roleId!, rule, permission, sort_order })
      .execute();
  await db
    .insertInto('project_member')
    .values({
      ...{ id: randomUUID(), project_id: project.id, account_id: accountId, user_id: alone ? userId : null },
      ...{ role, project_role_id: roleId ?? null },
    })
    .execute();
}
const leave = ({ accountId }: Person) => db.deleteFrom('project_member').where('account_id', '=', accountId).execute();

/** The keys that somebody is shown. */
async function keys({ userId }: Person, params: OwnershipParams = {}, command: CommandName = 'listSSHKeyPairs') {
  const caller = (await callerById(db, userId))!;
  const rows = await db
    .selectFrom('ssh_key_pair')
    .select('name')
    .where(visible({ caller, command }, params, 'ssh_key_pair'))
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => name);
}

async function may(who: Person, entity: Entity, id: string, command: CommandName, use: Use): Promise<boolean> {
  const caller = (await callerById(db, who.userId))!;
  return (await notNameable(db, entity, [id], { caller, command, use })).length === 0;
}

test('a member is shown what is the project’s where he asks for it, and his own otherwise', async () => {
  await joins(ann);
  assert.deepEqual(await keys(ann), ['ann']);
  assert.deepEqual(await keys(ann, { listall: true }), ['ann']);
  assert.deepEqual(await keys(ann, { projectid: project.id }), ['project']);
  assert.deepEqual(await keys(ann, { projectid: project.id, listall: true }), ['project']);
  assert.deepEqual(await keys(ann, { projectid: '-1' }), ['project']);
  assert.deepEqual(await keys(ann, { projectid: '-1', listall: true }), ['ann', 'project']);
  assert.deepEqual(await keys(ann, { projectid: strange.id }), []);
  await leave(ann);
  assert.deepEqual(await keys(ann, { projectid: '-1', listall: true }), ['ann']);
  assert.deepEqual(await keys(ann, { projectid: project.id }), []);
});

test('the domain’s admin is shown what its projects have without being a member; the installation’s, every project’s', async () => {
  assert.deepEqual(await keys(chief, { listall: true }), ['ann', 'ben', 'chief']);
  assert.deepEqual(await keys(chief, { projectid: '-1' }), ['project']);
  assert.deepEqual(await keys(chief, { projectid: '-1', listall: true }), ['ann', 'ben', 'chief', 'project']);
  assert.deepEqual(await keys(outsider, { projectid: project.id }), []);
  assert.deepEqual(await keys(outsider, { projectid: '-1' }), ['strange']);
  const root = await db.selectFrom('users').select('id as userId').where('username', '=', 'admin').executeTakeFirstOrThrow();
  assert.deepEqual(await keys(root as Person, { projectid: '-1' }), ['project', 'strange']);
  assert.deepEqual(await keys(root as Person, { listall: true }), ['ann', 'ben', 'chief', 'outsider']);
});

test('the name of a project’s account shows nothing', async () => {
  assert.deepEqual(await keys(chief, { account: 'of project', domainid: chief.domainId }), []);
  assert.equal(await may(chief, 'account', project.accountId, 'listAccounts', 'use'), false);
});

test('a single user is a member without his account being one, and what he is himself goes before what his account is', async () => {
  await joins(ben, { alone: true, role: 'Admin' });
  assert.deepEqual(await keys(ben, { projectid: project.id }), ['project']);
  assert.deepEqual(await keys(colleague, { projectid: project.id }), []);
  await joins(ben, { rules: [['list*', 'deny']] });
  assert.deepEqual(await keys(ben, { projectid: project.id }), ['project']);
  assert.deepEqual(await keys(colleague, { projectid: project.id }), []);
  assert.equal(await may(ben, 'project', project.id, 'updateProject', 'change'), true);
  assert.equal(await may(colleague, 'project', project.id, 'updateProject', 'change'), false);
  await leave(ben);
});

test('a project role takes away: the first rule decides, and what none is about may be called', async () => {
  await joins(ann, {
    rules: [
      ['stopVirtualMachine', 'allow'],
      ['stop*', 'deny'],
      ['listSSHKeyPairs', 'deny'],
    ],
  });
  assert.deepEqual(await keys(ann, { projectid: project.id }), []);
  assert.deepEqual(await keys(ann), ['ann']);
  const names = (command: CommandName) => may(ann, 'project', project.id, command, 'use');
  assert.deepEqual(await Promise.all([names('stopVirtualMachine'), names('deployVirtualMachine')]), [true, true]);
  assert.equal(await names('listSSHKeyPairs'), false);
  await leave(ann);
  await joins(ann, { role: 'Admin', rules: [['*', 'deny']] });
  assert.deepEqual(await keys(ann, { projectid: project.id }), ['project']);
  await leave(ann);
});

test('members see a project and its parts, its admins change them, and nobody else knows of them', async () => {
  const role = randomUUID();
  await db.insertInto('project_role').values({ id: role, project_id: project.id, name: 'clerk' }).execute();
  const rights = async (who: Person): Promise<readonly boolean[]> => [
    await may(who, 'project', project.id, 'listProjects', 'use'),
    await may(who, 'project', project.id, 'updateProject', 'change'),
    await may(who, 'projectrole', role, 'listProjectRoles', 'use'),
    await may(who, 'projectrole', role, 'deleteProjectRole', 'change'),
  ];
  assert.deepEqual(await rights(ann), [false, false, false, false]);
  await joins(ann);
  assert.deepEqual(await rights(ann), [true, false, true, false]);
  await leave(ann);
  await joins(ann, { role: 'Admin' });
  assert.deepEqual(await rights(ann), [true, true, true, true]);
  await leave(ann);
  assert.deepEqual(await rights(chief), [true, true, true, true]);
  assert.deepEqual(await rights(outsider), [false, false, false, false]);
});

test('whoever is invited sees his invitation, and the project’s admins take it back', async () => {
  await joins(ann, { role: 'Admin' });
  await joins(chief);
  const invite = async (user_id: string | null): Promise<string> => {
    const id = randomUUID();
    const of = { project_id: project.id, account_id: ben.accountId, user_id, domain_id: ben.domainId };
    await db
      .insertInto('project_invitation')
      .values({ id, ...of, role: 'Regular' })
      .execute();
    return id;
  };
  const [all, other] = [await invite(null), await invite(colleague.userId)];
  const rights = async (who: Person, id: string): Promise<readonly boolean[]> => [
    await may(who, 'projectinvitation', id, 'listProjectInvitations', 'use'),
    await may(who, 'projectinvitation', id, 'deleteProjectInvitation', 'change'),
  ];
  assert.deepEqual(await rights(ben, all), [true, false]);
  assert.deepEqual(await rights(ben, other), [false, false]);
  assert.deepEqual(await rights(ann, all), [true, true]);
  assert.deepEqual(await rights(chief, all), [true, true]);
  assert.deepEqual(await rights(outsider, all), [false, false]);
});
