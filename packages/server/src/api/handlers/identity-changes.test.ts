import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { makePerson, type Person } from '../../accounts/testing.ts';
import { type Content, callAs, jobAs, send, type TestServer, type Values, withServer } from '../../http/testing.ts';
import { type Admin, admin } from './testing.ts';

let server: TestServer;
let root: Admin;
let n = 0;
before(async () => {
  server = await withServer();
  root = admin(server);
});
const fresh = (word: string): string => `${word}${++n}`;
/** The built-in role User. */
const plainUser = '5b8a1a6e-0000-4000-8000-000000000004';

/** A domain of its own with an admin and a user in it. */
async function firm() {
  const name = fresh('firm');
  const { id } = await root.make('createDomain', { name });
  const { db, secrets } = server.cloud;
  const chief = await makePerson(db, secrets, fresh('chief'), 'DomainAdmin', `/${name}/`);
  const clerk = await makePerson(db, secrets, fresh('clerk'), 'User', `/${name}/`);
  return { id, name, chief, clerk };
}
const as = (person: Person): Admin =>
  admin({
    call: (command, values) => callAs(server, person, command, values),
    job: (command, values) => jobAs(server, person, command, values),
  });
const human = (username: string, more: Values = {}): Values => ({
  username,
  password: 'correct horse',
  email: 'a@example.org',
  firstname: 'A',
  lastname: 'B',
  ...more,
});
const login = async (
  username: string,
  password: string,
  domain: string,
): Promise<{ status: number; call(): Promise<number> }> => {
  const form = (values: Readonly<Record<string, string>>): string => `${new URLSearchParams({ response: 'json', ...values })}`;
  const answer = await send(server, '/client/api', { form: form({ command: 'login', username, password, domain }) });
  const cookies = ((answer.headers['set-cookie'] ?? []) as string[]).map((line) => line.split(';')[0]!);
  const { sessionkey = '' } = (Object.values(JSON.parse(answer.text) as object)[0] ?? {}) as { sessionkey?: string };
  const headers = { cookie: cookies.join('; ') };
  const call = async (): Promise<number> =>
    (await send(server, '/client/api', { form: form({ command: 'listUsers', sessionkey }), headers })).status;
  return { status: answer.status, call };
};
const mayCall = async (person: Person): Promise<boolean> => (await callAs(server, person, 'listUsers')).errorcode === undefined;

test('an account is made with its user, who can log in, and both are found by their names', async () => {
  const { id: domainid, name, chief } = await firm();
  const made = await as(chief).make('createAccount', human('Åsa', { accounttype: 0, timezone: 'Europe/Stockholm' }));
  assert.deepEqual(
    [made.name, made.domainid, made.accounttype, made.roletype, made.state, made.user[0]!.username, made.user[0]!.timezone],
    ['Åsa', domainid, 0, 'User', 'enabled', 'Åsa', 'Europe/Stockholm'],
  );
  assert.equal((await login('Åsa', 'correct horse', name)).status, 200);
  const second = await as(chief).make('createUser', human('second', { account: 'Åsa' }));
  assert.deepEqual([second.account, second.accountid, second.state], ['Åsa', made.id, 'enabled']);
  assert.equal((await root.list('listUsers', { domainid, username: 'second' })).count, 1);
});

test('names are unique in their domain, in whatever letters; the same names are free in another', async () => {
  const [one, two] = [await firm(), await firm()];
  await as(one.chief).make('createAccount', human('Otto', { accounttype: 0, account: 'Otto & Co' }));
  const again = (values: Values) => as(one.chief).refusal('createAccount', human('x', { accounttype: 0, ...values }));
  assert.match((await again({ username: 'otto' })).text, /already a user otto in the domain firm/);
  assert.match((await again({ account: 'otto & co' })).text, /already an account otto & co/);
  assert.match(
    (await as(one.chief).refusal('createUser', human('OTTO', { account: one.clerk.name }))).text,
    /already a user OTTO/,
  );
  for (const name of [' x', 'x ', 'a\nb', 'y'.repeat(201)])
    assert.match((await again({ username: name })).text, /1 to 200 characters/);
  await as(two.chief).make('createAccount', human('otto', { accounttype: 0, account: 'Otto & Co' }));
  assert.match((await root.refusal('createDomain', { name: one.name.toUpperCase() })).text, /already a domain/);
  assert.match((await root.refusal('createDomain', { name: 'a/b' })).text, /no slash/);
  assert.match((await root.refusal('createDomain', { name: 'Root' })).text, /not called ROOT/);
});

test('of two who take one name at once, one gets it', async () => {
  const { chief } = await firm();
  const made = await Promise.all(
    Array.from({ length: 6 }, () =>
      callAs(server, chief, 'createAccount', human('same', { accounttype: 0, account: fresh('acc') })),
    ),
  );
  assert.equal(made.filter(({ errorcode }) => errorcode === undefined).length, 1);
  assert.ok(made.every(({ errorcode, errortext }) => errorcode === undefined || /already a user same/.test(errortext!)));
});

test('nobody makes, moves or raises anybody above himself', async () => {
  const { id: domainid, chief, clerk } = await firm();
  const other = await firm();
  const boss = as(chief);
  const make = (more: Values) => boss.refusal('createAccount', human(fresh('u'), more));
  assert.deepEqual((await make({ accounttype: 1 })).code, 531);
  assert.deepEqual((await make({ accounttype: 3 })).code, 531);
  assert.deepEqual((await make({ accounttype: 0, domainid: other.id })).code, 431);
  assert.match((await make({})).text, /roleid, or an accounttype/);
  assert.match(
    (await root.refusal('createAccount', human(fresh('u'), { accounttype: 1, domainid }))).text,
    /for accounts of ROOT alone/,
  );
  const wide = await root.make('createRole', { name: fresh('wide'), type: 'User' });
  await root.make('createRolePermission', { roleid: wide.id, rule: 'createZone', permission: 'allow' });
  assert.equal((await make({ roleid: wide.id })).code, 531);
  assert.equal((await boss.refusal('updateAccount', { id: clerk.accountId, roleid: wide.id })).code, 531);
  assert.equal((await boss.refusal('updateAccount', { id: chief.accountId, roleid: wide.id })).code, 531);
  const raised = await root.make('updateAccount', { id: clerk.accountId, roleid: wide.id });
  assert.deepEqual([raised.roleid, raised.rolename, raised.roletype], [wide.id, wide.name, 'User']);
  assert.equal((await root.list('listUsers', { id: clerk.userId })).items[0]!.roleid, wide.id);
  for (const [command, values] of [
    ['updateUser', { id: clerk.userId, password: 'correct horse' }],
    ['getUserKeys', { id: clerk.userId }],
    ['registerUserKeys', { id: clerk.userId }],
    ['disableUser', { id: clerk.userId }],
    ['enableUser', { id: clerk.userId }],
    ['lockUser', { id: clerk.userId }],
    ['deleteUser', { id: clerk.userId }],
    ['createUser', human(fresh('u'), { account: clerk.name })],
    ['updateAccount', { id: clerk.accountId, newname: 'taken' }],
    ['disableAccount', { id: clerk.accountId, lock: true }],
    ['lockAccount', { account: clerk.name, domainid }],
    ['enableAccount', { account: clerk.name, domainid }],
    ['deleteAccount', { id: clerk.accountId }],
  ] as const)
    assert.deepEqual((await boss.refusal(command, values)).code, 531, command);
  await root.make('disableRole', { id: wide.id });
  assert.equal((await boss.refusal('getUserKeys', { id: clerk.userId })).code, 531, 'a disabled role may be enabled again');
  await root.make('updateAccount', { id: clerk.accountId, roleid: plainUser });
  assert.equal((await boss.make('enableUser', { id: clerk.userId })).state, 'enabled');
});

test('a user acts on himself alone, and not on what an admin says of him', async () => {
  const { chief, clerk } = await firm();
  const colleague = await as(chief).make('createUser', human(fresh('c'), { account: clerk.name }));
  const clerks = as(clerk);
  assert.equal((await clerks.refusal('updateUser', { id: colleague.id, firstname: 'X' })).code, 531);
  assert.equal((await clerks.make('updateUser', { id: clerk.userId, firstname: 'X' })).firstname, 'X');
  for (const parameter of ['mandate2fa', 'passwordchangerequired'])
    assert.equal((await clerks.refusal('updateUser', { id: clerk.userId, [parameter]: false })).code, 531, parameter);
  assert.equal((await clerks.refusal('createUser', human('x', { account: clerk.name }))).code, 432);
});

test('what is disabled has neither sessions nor keys from that moment; enabled, its keys work again', async () => {
  const { id: domainid, name, chief, clerk } = await firm();
  const state = async () => (await root.list('listAccounts', { id: clerk.accountId })).items[0]!.state;
  const ways: readonly [off: () => Promise<unknown>, on: () => Promise<unknown>][] = [
    [() => root.make('disableUser', { id: clerk.userId }), () => root.make('enableUser', { id: clerk.userId })],
    [() => root.make('lockUser', { id: clerk.userId }), () => root.make('enableUser', { id: clerk.userId })],
    [
      () => root.make('disableAccount', { id: clerk.accountId, lock: false }),
      () => root.make('enableAccount', { id: clerk.accountId }),
    ],
    [
      () => root.make('disableAccount', { id: clerk.accountId, lock: true }),
      () => root.make('enableAccount', { account: clerk.name, domainid }),
    ],
    [
      () => as(chief).make('lockAccount', { account: clerk.name, domainid }),
      () => as(chief).make('enableAccount', { account: clerk.name }),
    ],
  ];
  for (const [off, on] of ways) {
    const session = await login(clerk.name, `password of ${clerk.name}`, name);
    assert.deepEqual([await session.call(), await mayCall(clerk)], [200, true]);
    await off();
    assert.deepEqual([await session.call(), await mayCall(clerk)], [401, false]);
    assert.equal((await login(clerk.name, `password of ${clerk.name}`, name)).status, 531);
    await on();
    assert.deepEqual([await session.call(), await mayCall(clerk), await state()], [401, true, 'enabled']);
  }
});

test('nothing is made for an account that is locked or disabled', async () => {
  const { id: domainid, clerk } = await firm();
  const key = () => root.refusal('createSSHKeyPair', { name: fresh('k'), account: clerk.name, domainid });
  await root.make('lockAccount', { account: clerk.name, domainid });
  assert.match((await key()).text, /is locked: nothing new is made for it/);
  await root.make('disableAccount', { id: clerk.accountId, lock: false });
  assert.match((await key()).text, /is disabled: nothing new is made for it/);
});

test('wrong passwords shut a user out until he is enabled', async () => {
  const { id: _, name, chief, clerk } = await firm();
  await server.call('updateConfiguration', { name: 'incorrect.login.attempts.allowed', value: '2' });
  for (let i = 0; i < 2; i++) assert.equal((await login(clerk.name, 'guess', name)).status, 531);
  assert.equal((await login(clerk.name, `password of ${clerk.name}`, name)).status, 531);
  assert.equal((await root.list('listUsers', { id: clerk.userId })).items[0]!.state, 'disabled');
  await as(chief).make('enableUser', { id: clerk.userId });
  assert.equal((await login(clerk.name, `password of ${clerk.name}`, name)).status, 200);
});

test('ROOT, the built-in admin and oneself are not deleted, disabled, locked, moved or renamed', async () => {
  const [me] = (await root.list('listUsers', { username: 'admin' })).items;
  const { items: domains } = await root.list('listDomains', { level: 0 });
  const ROOT = domains[0]!.id;
  const peer = await makePerson(server.cloud.db, server.cloud.secrets, fresh('peer'), 'Admin');
  const target = await root.make('createAccount', human(fresh('t'), { accounttype: 0 }));
  const { id: below } = await root.make('createDomain', { name: fresh('d') });
  for (const by of [root, as(peer)])
    for (const [command, values] of [
      ['deleteUser', { id: me!.id }],
      ['disableUser', { id: me!.id }],
      ['lockUser', { id: me!.id }],
      ['moveUser', { id: me!.id, accountid: target.id }],
      ['deleteAccount', { id: me!.accountid }],
      ['disableAccount', { id: me!.accountid, lock: false }],
      ['disableAccount', { account: 'admin', lock: true }],
      ['lockAccount', { account: 'admin', domainid: ROOT }],
      ['updateAccount', { id: me!.accountid, newname: 'x' }],
      ['updateAccount', { id: me!.accountid, roleid: plainUser }],
      ['updateUser', { id: me!.id, username: 'x' }],
      ['deleteDomain', { id: ROOT, cleanup: true }],
      ['moveDomain', { domainid: ROOT, parentdomainid: below }],
      ['updateDomain', { id: ROOT, name: 'x' }],
    ] as const)
      assert.equal((await by.refusal(command, values)).code, 531, command);
  const own = [
    ['deleteUser', { id: peer.userId }],
    ['disableUser', { id: peer.userId }],
    ['deleteAccount', { id: peer.accountId }],
    ['disableAccount', { id: peer.accountId, lock: true }],
  ] as const;
  for (const [command, values] of own) assert.equal((await as(peer).refusal(command, values)).code, 531, command);
});

test('a user who is moved to another account of his domain has that account’s things; one of another domain is none', async () => {
  const { id: domainid, chief, clerk } = await firm();
  const other = await firm();
  const to = await as(chief).make('createAccount', human(fresh('t'), { accounttype: 0 }));
  await root.make('createSSHKeyPair', { name: 'theirs', account: to.name, domainid });
  assert.match(
    (await root.refusal('moveUser', { id: clerk.userId, accountid: other.clerk.accountId })).text,
    /move within their domain/,
  );
  assert.equal((await as(chief).refusal('moveUser', { id: clerk.userId, accountid: to.id })).code, 432);
  await root.make('moveUser', { id: clerk.userId, account: to.name });
  assert.deepEqual(
    (await as(clerk).list('listSSHKeyPairs')).items.map(({ name }) => name),
    ['theirs'],
  );
});

test('a domain that is renamed or moved takes along all that is in it and below it', async () => {
  const { id, name, chief, clerk } = await firm();
  const below = await root.make('createDomain', { name: '🌳 below', parentdomainid: id });
  const deep = await root.make('createDomain', { name: 'deep', parentdomainid: below.id, networkdomain: 'deep.example' });
  assert.deepEqual([deep.path, deep.level, deep.networkdomain], [`ROOT/${name}/🌳 below/deep`, 3, 'deep.example']);
  const renamed = fresh('neu');
  assert.equal((await root.make('updateDomain', { id, name: renamed, networkdomain: 'firm.example' })).path, `ROOT/${renamed}`);
  const target = await firm();
  const moved = await root.make('moveDomain', { domainid: id, parentdomainid: target.id });
  assert.deepEqual([moved.path, moved.level, moved.parentdomainid], [`ROOT/${target.name}/${renamed}`, 2, target.id]);
  const [shown] = (await root.list('listDomains', { id: deep.id })).items;
  assert.deepEqual([shown!.path, shown!.level], [`ROOT/${target.name}/${renamed}/🌳 below/deep`, 4]);
  assert.equal((await login(clerk.name, `password of ${clerk.name}`, `${target.name}/${renamed}`)).status, 200);
  assert.equal((await as(target.chief).list('listAccounts', { id: clerk.accountId })).count, 1);
  assert.equal((await as(chief).refusal('listAccounts', { id: target.clerk.accountId })).code, 431);
  assert.match((await root.refusal('moveDomain', { domainid: id, parentdomainid: deep.id })).text, /not put below itself/);
  assert.match((await root.refusal('moveDomain', { domainid: id, parentdomainid: target.id })).text, /is below firm\d+ already/);
});

test('the domains below a domain are listed, and nobody’s else', async () => {
  const { id, chief, clerk } = await firm();
  const below = await root.make('createDomain', { name: fresh('b'), parentdomainid: id });
  const deep = await root.make('createDomain', { name: fresh('c'), parentdomainid: below.id });
  const names = async (who: Admin, values: Values = {}) =>
    (await who.list('listDomainChildren', values)).items.map((one) => one.name);
  assert.deepEqual(await names(root, { id }), [below.name]);
  assert.deepEqual(await names(root, { id, isrecursive: true }), [below.name, deep.name]);
  assert.deepEqual(await names(as(chief)), [below.name]);
  assert.deepEqual(await names(as(chief), { listall: true }), [below.name, deep.name]);
  assert.deepEqual(await names(as(chief), { isrecursive: true, keyword: deep.name.toUpperCase() }), [deep.name]);
  assert.deepEqual(await names(as(clerk), { listall: true }), []);
  assert.equal((await as(chief).refusal('listDomainChildren', { id: (await firm()).id })).code, 431);
});

test('a domain is deleted when it is empty, or with all that is in it, and what is made in its place inherits nothing', async () => {
  const { id, name, chief, clerk } = await firm();
  const below = await root.make('createDomain', { name: 'below', parentdomainid: id });
  await makePerson(server.cloud.db, server.cloud.secrets, 'deep', 'User', `/${name}/below/`);
  const key = await as(clerk).make('createSSHKeyPair', { name: 'k' });
  const session = await login(clerk.name, `password of ${clerk.name}`, name);
  const full = await root.refusal('deleteDomain', { id });
  assert.deepEqual([full.code, /it has 1 domain and 2 accounts\. .*cleanup=true/.test(full.text)], [536, true]);
  assert.equal(await session.call(), 200, 'a refusal changes nothing');
  assert.deepEqual((await server.job('deleteDomain', { id, cleanup: true })).jobresult, { success: true });
  assert.deepEqual([await session.call(), await mayCall(chief)], [401, false]);
  for (const [command, gone] of [
    ['listDomains', below.id],
    ['listAccounts', clerk.accountId],
    ['listUsers', clerk.userId],
    ['listSSHKeyPairs', key.id],
  ] as const)
    assert.equal((await root.refusal(command, { id: gone })).code, 431, command);
  const again = await root.make('createDomain', { name });
  const heir = await makePerson(server.cloud.db, server.cloud.secrets, 'heir', 'DomainAdmin', `/${name}/`);
  assert.notEqual(again.id, id);
  assert.deepEqual(
    (await as(heir).list('listEvents', { listall: true })).items.filter(({ username }) => username !== 'heir'),
    [],
  );
  assert.equal((await as(heir).list('listAsyncJobs', { listall: true })).count, 0);
  assert.equal((await root.make('deleteDomain', { id: (await root.make('createDomain', { name: 'empty' })).id })).success, true);
});

test('a deleted account is gone with its users and keys, and its name is free', async () => {
  const { id: domainid, name, chief, clerk } = await firm();
  await as(clerk).make('createSSHKeyPair', { name: 'k' });
  const { jobresult } = await jobAs(server, chief, 'deleteAccount', { id: clerk.accountId });
  assert.deepEqual(jobresult, { success: true });
  assert.equal((await login(clerk.name, `password of ${clerk.name}`, name)).status, 531);
  const { db } = server.cloud;
  for (const table of ['api_key', 'session'] as const)
    assert.deepEqual(await db.selectFrom(table).selectAll().where('user_id', '=', clerk.userId).execute(), [], table);
  const again = await as(chief).make('createAccount', human(clerk.name, { accounttype: 0 }));
  assert.notEqual(again.id, clerk.accountId);
  assert.equal((await root.list('listSSHKeyPairs', { account: clerk.name, domainid })).count, 0);
});

test('whoever alone looks after a project stays until it has another admin', async () => {
  const { chief, clerk } = await firm();
  const { id: projectid } = await as(clerk).make('createProject', { name: fresh('p'), displaytext: 'p' });
  assert.match((await as(chief).refusal('deleteAccount', { id: clerk.accountId })).text, /The project p\d+ would have no admin/);
  await as(clerk).make('deleteProject', { id: projectid });
  assert.equal((await as(chief).make('deleteAccount', { id: clerk.accountId })).success, true);
});

test('ids of new things are chosen by root admins alone, and none that is taken', async () => {
  const { chief } = await firm();
  const [domainid, accountid, userid] = [randomUUID(), randomUUID(), randomUUID()];
  assert.equal((await root.make('createDomain', { name: fresh('d'), domainid })).id, domainid);
  const made = await root.make('createAccount', human(fresh('u'), { accounttype: 0, accountid, userid }));
  assert.deepEqual([made.id, made.user[0]!.id], [accountid, userid]);
  assert.match(
    (await root.refusal('createAccount', human(fresh('u'), { accounttype: 0, accountid }))).text,
    /is the id of an account already/,
  );
  assert.match((await root.refusal('createDomain', { name: fresh('d'), domainid: 'x' })).text, /is not an id/);
  assert.match(
    (await as(chief).refusal('createAccount', human(fresh('u'), { accounttype: 0, accountid: randomUUID() }))).text,
    /only a root admin/,
  );
});

test('a password must be as its domain wants it, for whoever sets it', async () => {
  const { id: domainid, chief, clerk } = await firm();
  await server.cloud.db
    .insertInto('setting')
    .values({ name: 'password.policy.minimum.digits', scope: 'domain', scope_id: domainid, value: '3' })
    .execute();
  await server.call('updateConfiguration', { name: 'password.policy.minimum.length', value: '9' });
  const weak = /at least 9 characters, and this one has 5; it has at least 3 digits, and this one has 2/;
  const password = 'abc12';
  assert.match((await as(chief).refusal('createUser', human(fresh('u'), { account: clerk.name, password }))).text, weak);
  assert.match((await as(chief).refusal('createAccount', human(fresh('u'), { accounttype: 0, password }))).text, weak);
  assert.match((await as(chief).refusal('updateUser', { id: clerk.userId, password })).text, weak);
  const own = { id: clerk.userId, currentpassword: `password of ${clerk.name}` };
  assert.match((await as(clerk).refusal('updateUser', { ...own, password })).text, weak);
  await as(clerk).make('updateUser', { ...own, password: 'abcdef123' });
  const log: Content[] = server.logged.map((line) => JSON.parse(line) as Content);
  assert.ok(!JSON.stringify(log).includes('abcdef123'));
});

test('whoever must change his password is told when he logs in, until he did', async () => {
  const { name, chief, clerk } = await firm();
  const username = fresh('new');
  const { id } = await as(chief).make(
    'createUser',
    human(username, { account: clerk.name, passwordchangerequired: true, password: 'abcdef1234' }),
  );
  const told = async (password: string): Promise<unknown> => {
    const form = `${new URLSearchParams({ command: 'login', response: 'json', username, password, domain: name })}`;
    const { loginresponse } = JSON.parse((await send(server, '/client/api', { form })).text) as { loginresponse: Content };
    return loginresponse.passwordchangerequired;
  };
  assert.equal(await told('abcdef1234'), true);
  await as(chief).make('updateUser', { id, password: 'abcdef12345' });
  assert.equal(await told('abcdef12345'), undefined);
});

test('domains that are made, moved and renamed at once end in one tree whose paths are those of its names', async () => {
  const tops = await Promise.all(Array.from({ length: 3 }, () => root.make('createDomain', { name: fresh('top') })));
  const mids = await Promise.all(tops.map(({ id }) => root.make('createDomain', { name: 'mid', parentdomainid: id })));
  await Promise.all([
    ...tops.map(({ id }, i) => server.call('moveDomain', { domainid: id, parentdomainid: mids[(i + 1) % 3]!.id })),
    ...Array.from({ length: 12 }, (_, i) => server.call('createDomain', { name: `leaf${i}`, parentdomainid: mids[i % 3]!.id })),
    ...mids.map(({ id }, i) => server.call('updateDomain', { id, name: `mid${i}` })),
  ]);
  const all = await server.cloud.db.selectFrom('domain').selectAll().where('removed', 'is', null).execute();
  const byId = new Map(all.map((domain) => [domain.id, domain]));
  for (const { name, path, level, parent_id } of all) {
    const above = parent_id === null ? undefined : byId.get(parent_id);
    assert.deepEqual([path, level], above ? [`${above.path}${name}/`, above.level + 1] : ['/', 0], name);
  }
  assert.equal(all.filter(({ name }) => name.startsWith('leaf')).length, 12);
});
