import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { makeDomain, makePerson, type Person } from '../../accounts/testing.ts';
import { callAs, jobAs, type Keys, type TestServer, type Values, withServer } from '../../http/testing.ts';
import type { Told } from './testing.ts';

let server: TestServer;
let chief: Person;
let clerk: Person;
before(async () => {
  server = await withServer();
  const { db, secrets } = server.cloud;
  await makeDomain(db, 'firm');
  chief = await makePerson(db, secrets, 'chief', 'DomainAdmin', '/firm/');
  clerk = await makePerson(db, secrets, 'clerk', 'User', '/firm/');
});

type Pair = Told<'registerUserKeys'>;
const as = (keys: Keys, command: string, values: Values = {}) => callAs(server, keys, command, values);
const code = async (keys: Keys, command: string, values: Values = {}) => (await as(keys, command, values)).errorcode ?? 200;
async function register(keys: Keys, id: string, values: Values = {}): Promise<Pair> {
  return (await jobAs(server, keys, 'registerUserKeys', { id, ...values })).jobresult.userkeys as unknown as Pair;
}
const pairs = async (keys: Keys, values: Values = {}) =>
  ((await as(keys, 'listUserKeys', values)).userkeys ?? []) as unknown as Pair[];
const listing = { 'rules[0].rule': 'list*', 'rules[0].permission': 'allow', 'rules[0].description': 'to look' };
const hour = 3_600_000;
const inHours = (n: number) => `${new Date(Date.now() + n * hour).toISOString().slice(0, 19)}Z`;

test('several pairs of keys of one user live beside each other, until one is deleted', async () => {
  const [one, two] = [
    await register(clerk, clerk.userId, { name: 'laptop', description: 'mine' }),
    await register(chief, clerk.userId),
  ];
  assert.deepEqual(
    [one.name, one.description, one.username, one.state, one.roletype],
    ['laptop', 'mine', 'clerk', 'ENABLED', 'User'],
  );
  assert.deepEqual([await code(clerk, 'listUsers'), await code(one, 'listUsers'), await code(two, 'listUsers')], [200, 200, 200]);
  assert.equal((await as(clerk, 'listUsers')).count, 1, 'a user with several pairs is one user');
  assert.equal((await jobAs(server, clerk, 'deleteUserKeys', { keypairid: two.id })).jobstatus, 1);
  assert.deepEqual([await code(one, 'listUsers'), await code(two, 'listUsers')], [200, 401]);
  assert.equal(((await as(clerk, 'getUser', { userapikey: one.apikey })).user as { id?: string }).id, clerk.userId);
});

test('the secret is answered when the pair is made, and by getUserKeys; no list, job or event holds it', async () => {
  const made = await register(clerk, clerk.userId, { name: 'secretive' });
  const held = (await as(clerk, 'getUserKeys', { id: clerk.userId })).userkeys as unknown as Keys;
  assert.deepEqual([held.apikey, held.secretkey], [made.apikey, made.secretkey]);
  const { db } = server.cloud;
  const lain = JSON.stringify([
    await db.selectFrom('job').selectAll().execute(),
    await db.selectFrom('event').selectAll().execute(),
    await db.selectFrom('api_key').selectAll().execute(),
    await pairs(clerk, { showpermissions: true }),
    await as(chief, 'listUserKeys', { listall: true }),
    server.logged,
  ]);
  assert.ok(made.secretkey.length > 60 && !lain.includes(made.secretkey));
});

test('a pair with rules does what they allow, in their order, and never more than its user may', async () => {
  const rules = {
    ...{ 'rules[0].rule': 'listHosts', 'rules[0].permission': 'allow' },
    ...{ 'rules[1].rule': 'listUsers', 'rules[1].permission': 'deny' },
    ...{ 'rules[2].rule': 'list*', 'rules[2].permission': 'allow' },
  };
  const pair = await register(clerk, clerk.userId, rules);
  assert.deepEqual(
    [
      await code(pair, 'listZones'),
      await code(pair, 'listUsers'),
      await code(pair, 'listHosts'),
      await code(pair, 'createSSHKeyPair', { name: 'x' }),
    ],
    [200, 432, 432, 432],
  );
  const listed = (await as(clerk, 'listUserKeyRules', { keypairid: pair.id })).keypermission as unknown as { rule: string }[];
  assert.deepEqual(
    listed.map(({ rule }) => rule),
    ['listHosts', 'listUsers', 'list*'],
  );
  const [shown] = await pairs(clerk, { keypairid: pair.id, showpermissions: true });
  assert.deepEqual(shown!.permissions, listed);
  const known = (await as(pair, 'listApis')).api as { name: string }[];
  assert.ok(
    known.some(({ name }) => name === 'listZones') &&
      !known.some(({ name }) => name === 'listUsers' || name === 'deployVirtualMachine'),
  );
});

test('a pair is good from its start to its end', async () => {
  const early = await register(clerk, clerk.userId, { startdate: inHours(1) });
  const now = await register(clerk, clerk.userId, { startdate: inHours(-1), enddate: inHours(1) });
  assert.deepEqual([await code(early, 'listZones'), await code(now, 'listZones')], [401, 200]);
  await server.cloud.db
    .updateTable('api_key')
    .set({ ends: new Date(Date.now() - hour) })
    .where('id', '=', now.id)
    .execute();
  assert.equal(await code(now, 'listZones'), 401);
  assert.equal((await pairs(clerk, { keypairid: now.id }))[0]!.state, 'EXPIRED');
  for (const values of [{ enddate: inHours(-1) }, { startdate: inHours(3), enddate: inHours(2) }])
    assert.match((await as(clerk, 'registerUserKeys', { id: clerk.userId, ...values })).errortext!, /enddate/);
});

test('by a pair with rules nobody gets one that permits more, or lasts longer', async () => {
  const narrow = await register(clerk, clerk.userId, {
    ...{ ...listing, 'rules[1].rule': 'registerUserKeys', 'rules[1].permission': 'allow' },
    ...{
      'rules[2].rule': 'getUserKeys',
      'rules[2].permission': 'allow',
      'rules[3].rule': 'deleteUserKeys',
      'rules[3].permission': 'allow',
    },
    ...{ 'rules[4].rule': 'queryAsyncJobResult', 'rules[4].permission': 'allow' },
    enddate: inHours(5),
  });
  const ask = (values: Values) => as(narrow, 'registerUserKeys', { id: clerk.userId, ...values });
  const all = { 'rules[0].rule': '*', 'rules[0].permission': 'allow' };
  for (const values of [{}, all])
    assert.match((await ask(values)).errortext!, /has rules, and may not be used for one that permits more/);
  assert.match((await ask({ ...listing, enddate: inHours(6) })).errortext!, /ends at/);
  const part = await register(narrow, clerk.userId, listing);
  assert.equal(new Date(part.enddate).getTime(), new Date(narrow.enddate).getTime());
  assert.equal(await code(part, 'listZones'), 200);
  const whole = await register(clerk, clerk.userId, { name: 'whole' });
  assert.equal(await code(narrow, 'deleteUserKeys', { keypairid: whole.id }), 531);
  const held = (await as(narrow, 'getUserKeys', { id: clerk.userId })).userkeys as unknown as Keys | undefined;
  assert.ok(![whole.apikey, clerk.apikey].includes(held?.apikey ?? ''));
});

test('a job that made a pair tells its secret to nobody who may do less than who made it', async () => {
  const { db, secrets } = server.cloud;
  const senior = await makePerson(db, secrets, 'senior', 'DomainAdmin', '/');
  const deputy = await makePerson(db, secrets, 'deputy', 'DomainAdmin', '/');
  const { id: roleid } = (await server.call('createRole', { name: 'looks at jobs', type: 'DomainAdmin' })).role as { id: string };
  await server.call('createRolePermission', { roleid, rule: 'queryAsyncJobResult', permission: 'allow' });
  await server.call('updateAccount', { id: deputy.accountId, roleid });
  const { jobid } = await as(senior, 'registerUserKeys', { id: senior.userId });
  const seen = async (keys: Keys) => (await jobAsSeen(keys, jobid!)) as Partial<Pair>;
  assert.ok((await seen(senior)).secretkey);
  const shown = await seen(deputy);
  assert.deepEqual([shown.username, shown.secretkey], ['senior', undefined]);
  const roots = await server.call('registerUserKeys', { id: await adminId() });
  assert.equal((await as(senior, 'queryAsyncJobResult', { jobid: roots.jobid! })).errorcode, 431);
  const reader = await register(clerk, clerk.userId, {
    ...{ 'rules[0].rule': 'queryAsyncJobResult', 'rules[0].permission': 'allow' },
  });
  const whole = await as(clerk, 'registerUserKeys', { id: clerk.userId });
  assert.equal(((await jobAsSeen(reader, whole.jobid!)) as Partial<Pair>).secretkey, undefined);
  assert.ok(((await jobAsSeen(clerk, whole.jobid!)) as Partial<Pair>).secretkey);
});

const adminId = async () => ((await server.call('listUsers', { username: 'admin' })).user as { id: string }[])[0]!.id;
async function jobAsSeen(keys: Keys, jobid: string): Promise<unknown> {
  for (;;) {
    const job = await as(keys, 'queryAsyncJobResult', { jobid });
    if (job.jobstatus !== 0) return (job.jobresult as { userkeys: unknown }).userkeys;
  }
}

test('keys are one’s own to see and to make, and those of users below an admin', async () => {
  const { db, secrets } = server.cloud;
  const other = await makePerson(db, secrets, 'other', 'User', '/');
  const [theirs] = await pairs(other);
  for (const [command, values] of [
    ['listUserKeys', { keypairid: theirs!.id }],
    ['listUserKeys', { userid: other.userId }],
    ['listUserKeyRules', { keypairid: theirs!.id }],
    ['deleteUserKeys', { keypairid: theirs!.id }],
    ['registerUserKeys', { id: other.userId }],
    ['getUserKeys', { id: other.userId }],
  ] as const)
    for (const person of [clerk, chief]) assert.equal(await code(person, command, values), 431, command);
  assert.equal(await code(clerk, 'registerUserKeys', { id: chief.userId }), 431);
  assert.deepEqual([...new Set((await pairs(chief)).map(({ username }) => username))], ['chief']);
  assert.deepEqual([...new Set((await pairs(chief, { listall: true })).map(({ username }) => username))].sort(), [
    'chief',
    'clerk',
  ]);
  assert.deepEqual([...new Set((await pairs(clerk, { listall: true })).map(({ username }) => username))], ['clerk']);
});

test('rules that are none are refused, and so is a pair too many, also of several at once', async () => {
  const ask = (values: Values) => as(clerk, 'registerUserKeys', { id: clerk.userId, ...values });
  assert.match(
    (await ask({ 'rules[0].rule': 'list.*', 'rules[0].permission': 'allow' })).errortext!,
    /Only API names and wildcards/,
  );
  assert.match((await ask({ 'rules[0].rule': 'list*', 'rules[0].permission': 'maybe' })).errortext!, /allow or deny/);
  const { db } = server.cloud;
  const rows = Array.from({ length: 46 }, (_, n) => ({ api_key: `k${n}`, user_id: chief.userId, secret: Buffer.alloc(1) }));
  await db.insertInto('api_key').values(rows).execute();
  const jobs = await Promise.all(Array.from({ length: 8 }, () => jobAs(server, chief, 'registerUserKeys', { id: chief.userId })));
  assert.deepEqual(jobs.map(({ jobstatus }) => jobstatus).sort(), [1, 1, 1, 2, 2, 2, 2, 2]);
  assert.match((await as(chief, 'registerUserKeys', { id: chief.userId })).errortext!, /has 50 pairs .* 50 is the most/);
});
