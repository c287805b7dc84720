import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seed } from '../db/seed.ts';
import { withDatabase } from '../db/testing.ts';
import { type Login, openLogin } from './login.ts';
import { openAddresses } from './login-addresses.ts';
import { secretsWith } from './secrets.ts';
import { openSettings } from './settings.ts';
import { makePerson } from './testing.ts';

const { db } = await withDatabase();
await seed(db);
const secrets = secretsWith(Buffer.alloc(32));
const set = (name: string, value: string) =>
  db.insertInto('setting').values({ name, value, scope: 'global', scope_id: '' }).execute();

/** A log-in whose pauses are written down instead of being made. */
function opened(): { login: Login; pauses: number[] } {
  const pauses: number[] = [];
  return { pauses, login: openLogin(db, openSettings(db), async (ms) => void pauses.push(ms)) };
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
  await db.deleteFrom('setting').execute();
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
    login(from(`name${i}`, 'Winter2026')).then(
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
  await assert.rejects(login(from('grace', 'password of grace')), { kind: 'too-many-requests' });
  assert.equal((await login(from('grace', 'password of grace', '192.0.2.2'))).username, 'grace');
});

test('failures of an address are forgotten after ten minutes; log-ins that succeed do not count; an IPv6 network is one address', () => {
  let now = 0;
  const addresses = openAddresses(() => now);
  const fail = (address: string): void => addresses.begin(address, 2)(true);
  for (let i = 0; i < 5; i++) addresses.begin('192.0.2.1', 2)(false);
  fail('192.0.2.1');
  fail('::ffff:192.0.2.1');
  assert.throws(() => fail('192.0.2.1'), /2 in ten minutes, and 2 are allowed\. Try again in 10 minutes/);
  now = 10 * 60_000;
  fail('192.0.2.1');
  fail('2001:db8::1');
  fail('2001:db8:0:0:ffff::2');
  assert.throws(() => fail('2001:0db8::3'), { kind: 'too-many-requests' });
  fail('2001:db8:0:1::1');
});
