import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { AnyCommand } from '@virtstack/contract';
import { callAs, type Keys, type TestServer, type Values, withServer } from '../http/testing.ts';
import { type Admin, admin } from './handlers/testing.ts';
import { ask, served } from './testing/calls.ts';
import { type Speaker, speaker } from './testing/people.ts';
import { marked } from './testing/world.ts';

/** What is deleted and then made again under the same name is another thing: it inherits nothing. */
let server: TestServer;
let root: Admin;
let friend: Speaker;
before(async () => {
  server = await withServer();
  root = admin(server);
  friend = await speaker(server, 'friend');
});

/** Every list that needs to be told nothing, asked for all that there is. */
const lists = served.filter(
  ({ declared }) => declared.kind === 'list' && Object.values(declared.params).every(({ spec }) => !spec.required),
);
const widely = (declared: AnyCommand): readonly Values[] => {
  const listall: Values = 'listall' in declared.params ? { listall: true } : {};
  const recursive: Values = 'isrecursive' in declared.params ? { ...listall, isrecursive: true } : listall;
  return [{}, recursive, ...('projectid' in declared.params ? [{ ...recursive, projectid: '-1' }] : [])];
};

/** Which lists tell somebody of any of these words. */
async function tellingOf(keys: Keys, words: readonly string[], more: Values = {}): Promise<string[]> {
  const found: string[] = [];
  for (const { name, declared } of lists)
    for (const values of widely(declared)) {
      const fitting = Object.entries(more).filter(([parameter]) => parameter in declared.params);
      const { text } = await ask(server, keys, name, { ...values, ...Object.fromEntries(fitting) });
      found.push(...words.filter((word) => text.includes(word)).map((word) => `${name} ${JSON.stringify(values)}: ${word}`));
    }
  return found;
}

const person = (name: string) => ({
  username: name,
  password: `Secret of ${name} 1!`,
  email: 'e@example.org',
  firstname: 'F',
  lastname: 'L',
});

/** Keys of the first user of an account, freshly made. */
async function keysOf(account: { readonly id: string }): Promise<Keys & { readonly userId: string }> {
  const { items } = await root.list('listAccounts', { id: account.id });
  const userId = items[0]!.user[0]!.id!;
  const { apikey, secretkey } = await root.make('registerUserKeys', { id: userId });
  return { apikey, secretkey, userId };
}
const speaking = (keys: Keys): Admin => {
  const call = (command: string, values: Values = {}) => callAs(server, keys, command, values);
  const job = async (command: string, values: Values = {}) => {
    const { jobid, ...refusal } = await call(command, values);
    if (!jobid) throw new Error(`${command}: ${refusal.errortext}`);
    for (;;) {
      const answer = await call('queryAsyncJobResult', { jobid });
      if (answer.jobstatus !== 0) return answer as Awaited<ReturnType<TestServer['job']>>;
    }
  };
  return admin({ call, job });
};
const tags = (word: string): Values => ({ 'tags[0].key': word, 'tags[0].value': word });

test('an account has no keys, tags, limits, projects, invitations or events of one that was called the same', async () => {
  const [name, word] = ['anna', marked('annas')];
  const first = await root.make('createAccount', { ...person(name), account: name, accounttype: 0 });
  const keys = await keysOf(first);
  await speaking(keys).make('createSSHKeyPair', { name: word });
  await root.make('createTags', { resourcetype: 'Account', resourceids: first.id, ...tags(word) });
  await root.make('updateResourceLimit', { resourcetype: 0, account: name, domainid: first.domainid, max: 3 });
  const { id: projectid } = await friend.make('createProject', { name: word, displaytext: word });
  await friend.make('addAccountToProject', { projectid, account: name });
  await root.make('deleteAccount', { id: first.id });

  const second = await root.make('createAccount', { ...person(name), account: name, accounttype: 0 });
  assert.notEqual(second.id, first.id);
  const again = await keysOf(second);
  assert.deepEqual(await tellingOf(again, [first.id, keys.userId, word, projectid]), []);
  assert.deepEqual(
    await tellingOf(server.firstAdmin!, [first.id, keys.userId, keys.apikey], { account: name, domainid: first.domainid }),
    [],
  );
  const { items } = await speaking(again).list('listResourceLimits', { resourcetype: 0 });
  assert.notEqual(items[0]!.max, 3);
  const { status } = await ask(server, keys, 'listZones', {});
  assert.equal(status, 401, 'the first one’s keys are good for nothing');
});

test('a domain has no accounts, settings, limits, tags or events of one that was at the same place', async () => {
  const [name, word] = ['firm', marked('firms')];
  const make = async () => {
    const domain = await root.make('createDomain', { name });
    const account = await root.make('createAccount', {
      ...person('chief'),
      account: 'chief',
      accounttype: 2,
      domainid: domain.id,
    });
    return { domain, account, keys: await keysOf(account) };
  };
  const first = await make();
  await speaking(first.keys).make('createSSHKeyPair', { name: word });
  await root.make('createTags', { resourcetype: 'Domain', resourceids: first.domain.id, ...tags(word) });
  await root.make('updateResourceLimit', { resourcetype: 0, domainid: first.domain.id, max: 3 });
  await root.make('deleteDomain', { id: first.domain.id, cleanup: true });

  const second = await make();
  assert.equal(second.domain.path, first.domain.path);
  const words = [first.domain.id, first.account.id, first.keys.userId, word];
  assert.deepEqual(await tellingOf(second.keys, words), []);
  assert.deepEqual(await tellingOf(second.keys, words, { domainid: second.domain.id }), []);
  assert.deepEqual(await tellingOf(server.firstAdmin!, words, { domainid: second.domain.id }), []);
  const [shown] = (await root.list('listDomains', { id: second.domain.id })).items;
  assert.notEqual(shown!.vmlimit, '3');
});

test('a project has no members, roles, invitations, tags, keys or limits of one that was called the same', async () => {
  const [name, word] = ['shop', marked('shops')];
  const helper = await speaker(server, marked('helper'));
  const first = await friend.make('createProject', { name, displaytext: name });
  const projectid = first.id;
  await friend.make('createProjectRole', { projectid, name: word });
  await friend.make('addAccountToProject', { projectid, account: helper.name });
  await friend.make('createSSHKeyPair', { name: word, projectid });
  await friend.make('createTags', { resourcetype: 'Project', resourceids: projectid, ...tags(word) });
  await root.make('updateResourceLimit', { resourcetype: 0, projectid, max: 3 });
  await friend.make('deleteProject', { id: projectid, cleanup: true });

  const second = await friend.make('createProject', { name, displaytext: name });
  assert.notEqual(second.id, projectid);
  const words = [projectid, word, helper.name];
  assert.deepEqual(await tellingOf(friend, words, { projectid: second.id }), []);
  for (const command of ['listProjectRoles', 'listProjectAccounts'] as const) {
    const { text } = await ask(server, friend, command, { projectid: second.id });
    assert.deepEqual(
      words.filter((one) => text.includes(one)),
      [],
      command,
    );
  }
  const [shown] = (await friend.list('listProjects', { id: second.id })).items;
  assert.notEqual(shown!.vmlimit, '3');
  assert.deepEqual(await tellingOf(helper, [second.id, projectid]), []);
});

test('a user has no keys of one who was called the same', async () => {
  const account = await root.make('createAccount', { ...person('bert'), account: 'bert', accounttype: 0 });
  const make = async () => root.make('createUser', { ...person('clerk'), account: 'bert', domainid: account.domainid });
  const first = await make();
  const keys = await root.make('registerUserKeys', { id: first.id });
  await root.make('deleteUser', { id: first.id });
  const second = await make();
  assert.notEqual(second.id, first.id);
  assert.deepEqual(
    (await root.list('listUserKeys', { userid: second.id })).items.map(({ apikey }) => apikey),
    [],
  );
  assert.equal((await ask(server, keys, 'listZones', {})).status, 401);
});

test('a role has no rules of one that was called the same', async () => {
  const make = () => root.make('createRole', { name: 'guard', type: 'User' });
  const first = await make();
  await root.make('createRolePermission', { roleid: first.id, rule: 'listZones', permission: 'allow' });
  await root.make('deleteRole', { id: first.id });
  const second = await make();
  assert.equal((await root.list('listRolePermissions', { roleid: second.id })).count, 0);
});

test('an SSH key is another than one that was called the same', async () => {
  const make = () => friend.make('createSSHKeyPair', { name: 'mine' });
  const first = await make();
  await friend.make('deleteSSHKeyPair', { name: 'mine' });
  assert.notEqual((await make()).fingerprint, first.fingerprint);
});
