import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { firstAdmin } from '../accounts/first-admin.ts';
import { makeDomain, makePerson, type Person } from '../accounts/testing.ts';
import { totpCode, totpStep } from '../accounts/totp.ts';
import { type Content, callAs, send, type TestServer, type Values, withServer } from './testing.ts';

let server: TestServer;
let chief: Person;
before(async () => {
  server = await withServer();
  await makeDomain(server.cloud.db, 'firm');
  await makeDomain(server.cloud.db, 'plain');
  chief = await makePerson(server.cloud.db, server.cloud.secrets, 'chief', 'DomainAdmin', '/firm/');
  await setting('enable.user.2fa', 'true', chief.domainId);
});

type Session = Content & { readonly cookie: string; readonly sessionkey: string };
type Answer = { readonly status: number; readonly content: Content };

const setting = async (name: string, value: string, domainid: string) =>
  assert.equal((await server.call('updateConfiguration', { name, value, domainid })).errorcode, undefined);
const person = (name: string, path = '/firm/') => makePerson(server.cloud.db, server.cloud.secrets, name, 'User', path);

async function login(name: string, domain = 'firm'): Promise<Session> {
  const form = String(
    new URLSearchParams({ command: 'login', response: 'json', username: name, password: `password of ${name}`, domain }),
  );
  const answer = await send(server, '/client/api', { form });
  const content = (JSON.parse(answer.text) as { loginresponse: Content }).loginresponse;
  const cookie = ((answer.headers['set-cookie'] ?? []) as string[]).map((line) => line.split(';')[0]).join('; ');
  return { ...content, cookie, sessionkey: String(content.sessionkey) };
}

async function call(session: Session, command: string, values: Values = {}): Promise<Answer> {
  const all = { ...values, command, response: 'json', sessionkey: session.sessionkey };
  const form = String(new URLSearchParams(Object.entries(all).map(([name, value]) => [name, String(value)])));
  const { status, text } = await send(server, '/client/api', { form, headers: { cookie: session.cookie } });
  return { status, content: Object.values(JSON.parse(text) as Record<string, Content>)[0]! };
}
const status = async (session: Session, command: string, values: Values = {}) => (await call(session, command, values)).status;

const codeOf = (secret: string): string => totpCode(secret, totpStep(Date.now()));
const wrongFor = (secret: string): string =>
  ['000000', '111111', '222222', '333333', '444444'].find(
    (code) => ![-2, -1, 0, 1, 2].some((n) => totpCode(secret, totpStep(Date.now()) + n) === code),
  )!;
const show = (session: Session, code: string) => call(session, 'validateUserTwoFactorAuthenticationCode', { codefor2fa: code });
async function setUp(session: Session): Promise<string> {
  const { content } = await call(session, 'setupUserTwoFactorAuthentication', { provider: 'totp' });
  return (content.setup2fa as { secretcode: string }).secretcode;
}
/** Codes are good once, and tests do not wait for the next. */
const nextCode = (userId: string) =>
  server.cloud.db.updateTable('users').set({ totp_used: null }).where('id', '=', userId).execute();

/** Somebody with a second factor, and its secret. */
async function armed(name: string): Promise<Person & { secret: string }> {
  const one = await person(name);
  const session = await login(name);
  const secret = await setUp(session);
  assert.equal((await show(session, codeOf(secret))).status, 200);
  await nextCode(one.userId);
  return { ...one, secret };
}

test('without a second factor a session is as it always was', async () => {
  await person('plain');
  const session = await login('plain');
  assert.deepEqual([session.is2faenabled, session.is2faverified, session.providerfor2fa], ['false', 'true', undefined]);
  assert.equal(await status(session, 'listZones'), 200);
});

test('a second factor is set up, counts from the first right code on, and is asked for at each log-in', async () => {
  const one = await person('ann');
  const [session, other] = [await login('ann'), await login('ann')];
  const secret = await setUp(session);
  assert.equal(await status(session, 'listZones'), 200, 'nothing changes before a code was shown');
  assert.equal((await login('ann')).is2faenabled, 'false');
  assert.equal((await show(session, wrongFor(secret))).status, 511);
  assert.equal((await show(session, codeOf(secret))).content.success, true);
  assert.equal(await status(session, 'listZones'), 200);
  assert.equal(await status(other, 'listZones'), 401, 'sessions without it have ended');
  const [user] = (await call(session, 'listUsers')).content.user as { is2faenabled: boolean; is2famandated: boolean }[];
  assert.deepEqual([user!.is2faenabled, user!.is2famandated], [true, false]);

  await nextCode(one.userId);
  const next = await login('ann');
  assert.deepEqual(
    [next.is2faenabled, next.is2faverified, next.providerfor2fa, next.issuerfor2fa],
    ['true', 'false', 'totp', 'virtstack'],
  );
  for (const command of ['listZones', 'listUsers', 'registerUserKeys', 'updateUser', 'listCapabilities', 'noSuchCommand'])
    assert.equal(await status(next, command, { id: one.userId }), 511, command);
  for (const command of ['listApis', 'listUserTwoFactorAuthenticatorProviders'])
    assert.equal(await status(next, command), 200, command);
  assert.equal((await show(next, codeOf(secret))).status, 200);
  assert.equal(await status(next, 'listZones'), 200);
  assert.equal((await callAs(server, one, 'listZones')).errorcode, undefined, 'keys are asked for none');
});

test('who has not shown his second factor neither takes it off nor sets another one up', async () => {
  await armed('ben');
  const session = await login('ben');
  for (const values of [{ enable: false }, { enable: true }, {}])
    assert.equal(await status(session, 'setupUserTwoFactorAuthentication', values), 511);
  assert.equal((await login('ben')).is2faenabled, 'true');
});

test('a code is good once, also for two who show it at the same moment', async () => {
  const { secret } = await armed('cid');
  const sessions = await Promise.all([login('cid'), login('cid'), login('cid')]);
  const code = codeOf(secret);
  const answers = await Promise.all(sessions.map(async (session) => (await show(session, code)).status));
  assert.deepEqual(answers.sort(), [200, 511, 511]);
  const again = await login('cid');
  assert.equal((await show(again, code)).status, 511);
  assert.equal(await status(again, 'listZones'), 511);
});

test('after five wrong codes in a row none is looked at for a while, however many sessions try', async () => {
  const { secret, userId } = await armed('dan');
  const sessions = await Promise.all([login('dan'), login('dan')]);
  const wrong = wrongFor(secret);
  const tried = await Promise.all(Array.from({ length: 9 }, async (_, n) => (await show(sessions[n % 2]!, wrong)).status));
  assert.deepEqual(tried.sort(), [429, 429, 429, 429, 511, 511, 511, 511, 511]);
  const refused = await show(await login('dan'), codeOf(secret));
  assert.deepEqual([refused.status, /none is looked at before/.test(refused.content.errortext!)], [429, true]);
  const { db } = server.cloud;
  const blocked = async () => {
    const row = await db
      .selectFrom('users')
      .select(['totp_blocked', 'totp_attempts'])
      .where('id', '=', userId)
      .executeTakeFirstOrThrow();
    return Math.round((row.totp_blocked!.getTime() - Date.now()) / 60_000);
  };
  assert.equal(await blocked(), 15);
  const past = { totp_blocked: new Date(Date.now() - 1000) };
  for (const minutes of [30, 60]) {
    await db.updateTable('users').set(past).where('id', '=', userId).execute();
    for (let n = 0; n < 5; n++) assert.equal((await show(sessions[0]!, wrong)).status, 511);
    assert.equal(await blocked(), minutes);
  }
  await db
    .updateTable('users')
    .set({ ...past, totp_attempts: 10_000_004 })
    .where('id', '=', userId)
    .execute();
  assert.equal((await show(sessions[0]!, wrong)).status, 511);
  assert.equal(await blocked(), 1440);
  await db.updateTable('users').set(past).where('id', '=', userId).execute();
  assert.equal((await show(sessions[0]!, codeOf(secret))).status, 200);
});

test('what is no code is refused, and one without a session or a second factor too', async () => {
  const one = await person('eve');
  const session = await login('eve');
  assert.match((await show(session, '123456')).content.errortext!, /begin with setupUserTwoFactorAuthentication/);
  assert.equal((await show(session, '')).status, 431);
  assert.match(
    (await callAs(server, one, 'validateUserTwoFactorAuthenticationCode', { codefor2fa: '123456' })).errortext!,
    /for a session/,
  );
  for (const enable of [true, false])
    assert.match((await callAs(server, one, 'setupUserTwoFactorAuthentication', { enable })).errortext!, /in a session: log in/);
  assert.match(
    (await call(session, 'setupUserTwoFactorAuthentication', { provider: 'staticpin' })).content.errortext!,
    /there is totp/,
  );
  const fay = await person('fay', '/plain/');
  assert.match((await server.call('updateUser', { id: fay.userId, mandate2fa: true })).errortext!, /the setting enable.user.2fa/);
  assert.match(
    (await call(await login('fay', 'plain'), 'setupUserTwoFactorAuthentication')).content.errortext!,
    /the setting enable.user.2fa/,
  );
});

test('one’s own second factor is taken off in a session, somebody else’s by an admin above him', async () => {
  const [gil, hal] = [await armed('gil'), await armed('hal')];
  const session = await login('gil');
  await show(session, codeOf(gil.secret));
  assert.equal(await status(session, 'setupUserTwoFactorAuthentication', { userid: hal.userId, enable: false }), 431);
  assert.match((await call(session, 'setupUserTwoFactorAuthentication')).content.errortext!, /take it off first/);
  assert.equal(await status(session, 'setupUserTwoFactorAuthentication', { enable: false }), 200);
  assert.equal((await login('gil')).is2faenabled, 'false');

  const adminId = ((await server.call('listUsers', { username: 'admin' })).user as { id: string }[])[0]!.id;
  assert.equal(
    (await callAs(server, chief, 'setupUserTwoFactorAuthentication', { userid: adminId, enable: false })).errorcode,
    431,
  );
  assert.match(
    (await callAs(server, chief, 'setupUserTwoFactorAuthentication', { userid: hal.userId })).errortext!,
    /whoever has the device/,
  );
  assert.equal(
    (await callAs(server, chief, 'setupUserTwoFactorAuthentication', { userid: hal.userId, enable: false })).errorcode,
    undefined,
  );
  assert.equal((await login('hal')).is2faenabled, 'false');
});

test('of whom an admin demands a second factor he can do nothing before he has set one up, and not take it off', async () => {
  const one = await person('ida');
  const before = await login('ida');
  assert.equal((await callAs(server, one, 'updateUser', { id: one.userId, mandate2fa: false })).errorcode, 531);
  assert.equal((await callAs(server, chief, 'updateUser', { id: one.userId, mandate2fa: true })).errorcode, undefined);
  assert.equal(await status(before, 'listZones'), 511, 'a session that was open is asked too');
  const session = await login('ida');
  assert.deepEqual([session.is2faenabled, session.is2faverified, session.providerfor2fa], ['true', 'false', undefined]);
  assert.match((await call(session, 'listZones')).content.errortext!, /mandated by an admin/);
  const secret = await setUp(session);
  assert.equal((await show(session, codeOf(secret))).status, 200);
  assert.equal(await status(session, 'listZones'), 200);
  assert.equal(await status(session, 'setupUserTwoFactorAuthentication', { enable: false }), 531);
});

test('a domain demands it of all its users, by a setting', async () => {
  const domainId = await makeDomain(server.cloud.db, 'strict');
  await person('jon', '/strict/');
  await setting('mandate.user.2fa', 'true', domainId);
  assert.equal((await login('jon', 'strict')).is2faenabled, 'false', 'not where it is not enabled');
  await setting('enable.user.2fa', 'true', domainId);
  await setting('user.2fa.issuer', 'Strict Co', domainId);
  const session = await login('jon', 'strict');
  assert.deepEqual([session.is2faenabled, session.issuerfor2fa], ['true', 'Strict Co']);
  assert.equal(await status(session, 'listZones'), 511);
  await person('kim');
  assert.equal(await status(await login('kim'), 'listZones'), 200);
});

test('the database, the log and the answers know no secret, and no code', async () => {
  const { secret, userId } = await armed('leo');
  const code = codeOf(secret);
  await show(await login('leo'), code);
  await show(await login('leo'), wrongFor(secret));
  const { db } = server.cloud;
  const row = await db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirstOrThrow();
  const events = await db
    .selectFrom('event')
    .selectAll()
    .where('type', 'like', 'USER.2FA%')
    .where('user_id', '=', userId)
    .execute();
  assert.deepEqual(new Set(events.map(({ level }) => level)), new Set(['INFO', 'ERROR']));
  assert.ok(row.totp_secret!.length > 32 && !row.totp_secret!.toString('latin1').includes(secret));
  const lain = JSON.stringify([events, server.logged, await server.call('listUsers', { id: userId })]);
  assert.ok(!lain.includes(secret) && !lain.includes(`"${code}"`) && !lain.includes(`=${code}`));
});

test('the kinds of second factor are listed', async () => {
  const kinds = async (values: Values) =>
    ((await server.call('listUserTwoFactorAuthenticatorProviders', values)).providers ?? []) as { name: string }[];
  assert.deepEqual(
    (await kinds({})).map(({ name }) => name),
    ['totp'],
  );
  assert.deepEqual(await kinds({ name: 'other' }), []);
});

test('the built-in admin who lost his device gets in again by the command for his password', async () => {
  const { db, secrets } = server.cloud;
  const lost = { totp_secret: Buffer.alloc(1), totp_enabled: true };
  await db.updateTable('users').set(lost).where('username', '=', 'admin').execute();
  const form = 'command=login&response=json&username=admin&password=another-password';
  await firstAdmin(db, secrets, 'another-password');
  const { loginresponse } = JSON.parse((await send(server, '/client/api', { form })).text) as { loginresponse: Content };
  assert.deepEqual([loginresponse.is2faenabled, loginresponse.is2faverified], ['false', 'true']);
});
