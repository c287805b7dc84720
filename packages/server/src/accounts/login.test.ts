import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { sql } from 'kysely';
import { seed } from '../db/seed.ts';
import { withDatabase } from '../db/testing.ts';
import { type Login, openLogin } from './login.ts';
import { attemptFrom } from './login-failures.ts';
import { networkOf } from './network-of.ts';
import { secretsWith } from './secrets.ts';
import { openSettings } from './settings.ts';
import { makePerson } from './testing.ts';

const { db } = await withDatabase();
await seed(db);
const secrets = secretsWith(Buffer.alloc(32));
const set = (name: string, value: string) =>
  db.insertInto('setting').values({ name, value, scope: 'global', scope_id: '' }).execute();

beforeEach(async () => {
  await db.deleteFrom('login_failure').execute();
  await db.deleteFrom('setting').execute();
});

/** A log-in whose pauses are written down instead of being made. */
function opened(): { login: Login; pauses: number[] } {
  const pauses: number[] = [];
  return { pauses, login: openLogin(db, openSettings(db), secrets, async (ms) => void pauses.push(ms)) };
}
const from = (username: string, password: string, address = '192.0.2.1') => ({ username, password, domain: '', address });
const stateOf = async (id: string): Promise<string> =>
  (await db.selectFrom('users').select('state').where('id', '=', id).executeTakeFirstOrThrow()).state;

test('after three failures on a name each attempt on it waits, twice as long each time, and a name that succeeds does not', async () => {
  await set('incorrect.login.attempts.allowed', '0');
  await makePerson(db, secrets, 'dave');
  const { login, pauses } = opened();
  for (let i = 0; i < 10; i++) await assert.rejects(login(from('dave', 'guess')), { kind: 'account' });
  assert.deepEqual(pauses.splice(0), [0, 0, 0, 250, 500, 1000, 2000, 4000, 8000, 8000]);
  await assert.rejects(login(from('Dave', 'guess')), { kind: 'account' });
  assert.deepEqual(pauses.splice(0), [8000], 'the same name in other letters');
  await makePerson(db, secrets, 'eve');
  assert.equal((await login(from('eve', 'password of eve'))).username, 'eve');
  assert.equal((await login(from('dave', 'password of dave'))).username, 'dave');
  assert.equal((await login(from('dave', 'password of dave'))).username, 'dave');
  assert.deepEqual(pauses, [0, 8000, 0]);
});

test('too many wrong passwords in a row disable a user, who is told the same as before; a right one in between forgives', async () => {
  const { userId } = await makePerson(db, secrets, 'frank');
  const { login } = opened();
  const wrong = (): Promise<void> => assert.rejects(login(from('frank', 'guess')), /please provide valid credentials/);
  for (let i = 0; i < 4; i++) await wrong();
  await login(from('frank', 'password of frank'));
  for (let i = 0; i < 4; i++) await wrong();
  assert.equal(await stateOf(userId), 'enabled');
  await wrong();
  assert.equal(await stateOf(userId), 'disabled');
  await assert.rejects(login(from('frank', 'password of frank')), /please provide valid credentials/);
});

test('strangers cannot shut the built-in admin out', async () => {
  const { userId } = await makePerson(db, secrets, 'admin', 'Admin');
  const { login } = opened();
  for (let i = 0; i < 9; i++) await assert.rejects(login(from('admin', 'guess')), { kind: 'account' });
  assert.equal(await stateOf(userId), 'enabled');
  assert.equal((await login(from('admin', 'password of admin'))).username, 'admin');
});

test('whoever tries one password on many names is refused by his address, and others are not', async () => {
  await set('login.failures.per.address', '5');
  const { login } = opened();
  const tries = Array.from({ length: 8 }, (_, i) =>
    login(from(`name${i}`, 'Winter2026', '192.0.2.3')).then(
      () => 'in',
      ({ kind }) => kind,
    ),
  );
  const answers = await Promise.all(tries);
  assert.deepEqual(
    [answers.filter((kind) => kind === 'account').length, answers.filter((kind) => kind === 'too-many-requests').length],
    [5, 3],
  );
  await makePerson(db, secrets, 'grace');
  await assert.rejects(login(from('grace', 'password of grace', '192.0.2.3')), { kind: 'too-many-requests' });
  const other = from('grace', 'password of grace', '192.0.2.2');
  for (let i = 0; i < 9; i++) assert.equal((await login(other)).username, 'grace', 'log-ins that succeed do not count');
});

test('servers that share a database count failures together, and a restart forgets none', async () => {
  await set('incorrect.login.attempts.allowed', '0');
  await set('login.failures.per.address', '6');
  await makePerson(db, secrets, 'heidi');
  const [one, two] = [opened(), opened()];
  for (let i = 0; i < 3; i++)
    for (const { login } of [one, two]) await assert.rejects(login(from('heidi', 'guess', '192.0.2.4')), { kind: 'account' });
  assert.deepEqual(
    [one.pauses, two.pauses],
    [
      [0, 0, 500],
      [0, 250, 1000],
    ],
  );
  const restarted = opened();
  await assert.rejects(restarted.login(from('heidi', 'guess', '192.0.2.4')), { kind: 'too-many-requests' });
  await restarted.login(from('heidi', 'password of heidi', '192.0.2.5'));
  assert.deepEqual(restarted.pauses, [2000]);
});

test('a name that was tried is not kept: it may be a password in the wrong field', async () => {
  await assert.rejects(opened().login(from('Correct-Horse', 'x')), { kind: 'account' });
  const rows = await db.selectFrom('login_failure').selectAll().execute();
  assert.ok(rows.some(({ counted }) => counted === 'name'));
  assert.doesNotMatch(JSON.stringify(rows), /horse/i);
});

/** Time goes by for what was counted. */
const pass = (minutes: number) =>
  sql`update login_failure set forgotten = forgotten - make_interval(mins => ${minutes})`.execute(db);

test('failures on a name are forgotten a quarter of an hour after the last; those of an address ten minutes after the first', async () => {
  const { login, pauses } = opened();
  for (let i = 0; i < 5; i++) await assert.rejects(login(from('nobody', 'guess')), { kind: 'account' });
  await pass(14);
  await assert.rejects(login(from('nobody', 'guess')), { kind: 'account' });
  await pass(15);
  await assert.rejects(login(from('nobody', 'guess')), { kind: 'account' });
  assert.deepEqual(pauses, [0, 0, 0, 250, 500, 1000, 0]);
  const fail = () => attemptFrom(db, '192.0.2.6', 2);
  await fail();
  await pass(6);
  const late = await fail();
  await assert.rejects(fail, /2 in ten minutes, and 2 are allowed\. Try again in 4 minutes/);
  await pass(4);
  await fail();
  await late.forgive();
  assert.equal((await fail()).before, 1, 'what is forgotten is not taken off what was counted since');
});

test('an IPv6 network is one address, however it is written; so is an IPv4 address', () => {
  const same = ['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:0db8::3'].map(networkOf);
  assert.deepEqual([...new Set(same)], ['2001:db8:0:0']);
  assert.notEqual(networkOf('2001:db8:0:1::1'), same[0]);
  assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1');
});
