import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { makeDomain, makePerson } from '../accounts/testing.ts';
import { send, type TestServer, withServer } from './testing.ts';

let server: TestServer;
before(async () => {
  server = await withServer();
});

type Login = { status: number; content: Record<string, unknown>; cookies: Record<string, string>; raw: string[] };
async function login(form: string): Promise<Login> {
  const answer = await send(server, '/client/api/', { form: `command=login&response=json&${form}` });
  const raw = (answer.headers['set-cookie'] ?? []) as string[];
  const cookies = Object.fromEntries(raw.map((line) => line.split(';')[0]!.split('=') as [string, string]));
  return {
    status: answer.status,
    content: (JSON.parse(answer.text) as { loginresponse: Record<string, unknown> }).loginresponse,
    cookies,
    raw,
  };
}
const asAdmin = () => login('username=admin&password=first-password');
const list = (cookies: Record<string, string>, key?: string) =>
  send(server, `/client/api?command=listDomains&response=json${key === undefined ? '' : `&sessionkey=${key}`}`, {
    headers: {
      cookie: Object.entries(cookies)
        .map(([name, value]) => `${name}=${value}`)
        .join('; '),
    },
  });

test('a login answers what clients read, in their types, and both cookies', async () => {
  const { status, content, cookies, raw } = await asAdmin();
  assert.equal(status, 200);
  assert.deepEqual(
    [
      content.username,
      content.account,
      content.type,
      content.timeout,
      content.is2faenabled,
      content.is2faverified,
      content.registered,
    ],
    ['admin', 'admin', '1', 1800, 'false', 'true', 'false'],
  );
  assert.equal(cookies.sessionkey, content.sessionkey);
  for (const line of raw) assert.match(line, /; Path=\/client; HttpOnly; Secure; SameSite=Lax$/);
});

test('a call needs the cookie and the key of the same session', async () => {
  const [one, two] = [await asAdmin(), await asAdmin()];
  const key = String(one.content.sessionkey);
  assert.equal((await list({ JSESSIONID: one.cookies.JSESSIONID! }, key)).status, 200);
  assert.equal((await list(one.cookies)).status, 401, 'the key as a cookie is not enough');
  assert.equal((await list({}, key)).status, 401);
  assert.equal((await list({ JSESSIONID: two.cookies.JSESSIONID! }, key)).status, 401);
  assert.equal((await list({ JSESSIONID: 'x' }, key)).status, 401);
});

test('a bad login is 531 in the same words, whether the user exists or not, and a missing password is 431', async () => {
  const wrong = await login('username=admin&password=no');
  const absent = await login('username=nobody&password=no');
  assert.deepEqual([wrong.status, absent.status], [531, 531]);
  assert.equal(String(absent.content.errortext), String(wrong.content.errortext).replace('admin', 'nobody'));
  assert.equal((await login('username=admin')).status, 431);
  assert.deepEqual(wrong.raw, []);
});

test('a login with a name that no user could have is refused before anything is kept of it', async () => {
  for (const field of ['username', 'password', 'domain']) {
    const form = new URLSearchParams({ username: 'a', password: 'b', [field]: 'n'.repeat(2000) });
    const { status, content } = await login(String(form));
    assert.deepEqual([status, content.errortext], [431, `The ${field} of a login is at most 1024 characters long.`]);
  }
});

test('a password does not travel in an address', async () => {
  const answer = await send(server, '/client/api?command=login&username=admin&password=first-password&response=json');
  assert.equal(answer.status, 405);
});

test('a domain is named by its path, in the ways that clients write it', async () => {
  await makeDomain(server.cloud.db, 'sub');
  await makePerson(server.cloud.db, server.cloud.secrets, 'carol', 'DomainAdmin', '/sub/');
  for (const domain of ['sub', '/sub', 'sub/', 'ROOT/sub', '/sub/'])
    assert.equal(
      (await login(`username=carol&password=password+of+carol&domain=${encodeURIComponent(domain)}`)).status,
      200,
      domain,
    );
  assert.equal((await login('username=carol&password=password+of+carol')).status, 531);
  assert.equal((await login('username=admin&password=first-password&domain=%2F')).status, 200);
  assert.equal((await login('username=carol&password=password+of+carol&domain=sub')).content.type, '2');
});

test('logging out ends the session on the server, and is harmless without one', async () => {
  const { cookies, content } = await asAdmin();
  const cookie = `JSESSIONID=${cookies.JSESSIONID}`;
  const logout = (key: string) =>
    send(server, '/client/api/', { form: `command=logout&response=json&sessionkey=${key}`, headers: { cookie } });
  for (const key of ['', 'guess', String((await asAdmin()).content.sessionkey)]) assert.equal((await logout(key)).status, 401);
  assert.equal((await list(cookies, String(content.sessionkey))).status, 200, 'whoever does not know the key ends nothing');
  const out = await logout(String(content.sessionkey));
  assert.deepEqual([out.status, JSON.parse(out.text)], [200, { logoutresponse: { description: 'success' } }]);
  assert.equal((await list(cookies, String(content.sessionkey))).status, 401);
  assert.equal((await send(server, '/client/api/', { form: 'command=logout&response=json' })).status, 200);
  assert.equal((await logout('')).status, 200, 'a session that has ended needs no key');
});

test('a session that was idle for too long has ended', async () => {
  const { cookies, content } = await asAdmin();
  await server.cloud.db
    .updateTable('session')
    .set({ used: new Date(Date.now() - 31 * 60_000) })
    .execute();
  assert.equal((await list(cookies, String(content.sessionkey))).status, 401);
});

test('a session ends when its time is over, however busy it is', async () => {
  const { cookies, content } = await asAdmin();
  await server.cloud.db
    .updateTable('session')
    .set({ created: new Date(Date.now() - 1441 * 60_000) })
    .execute();
  assert.equal((await list(cookies, String(content.sessionkey))).status, 401);
});

test('the database and the log know neither session nor key', async () => {
  const { cookies, content } = await asAdmin();
  const rows = JSON.stringify(await server.cloud.db.selectFrom('session').selectAll().execute());
  for (const secret of [cookies.JSESSIONID!, String(content.sessionkey)]) {
    assert.ok(!rows.includes(secret));
    assert.ok(!server.logged.join('').includes(secret));
  }
});

test('a disabled user has neither sessions nor keys', async () => {
  const erin = await makePerson(server.cloud.db, server.cloud.secrets, 'erin');
  const { cookies, content } = await login('username=erin&password=password+of+erin');
  await server.cloud.db.updateTable('users').set({ state: 'disabled' }).where('id', '=', erin.userId).execute();
  assert.equal((await list(cookies, String(content.sessionkey))).status, 401);
  assert.equal((await login('username=erin&password=password+of+erin')).status, 531);
});

test('an address from which too many log-ins failed is answered 429, until it may again', async () => {
  const set = (value: string) => server.call('updateConfiguration', { name: 'login.failures.per.address', value });
  for (const username of ['one', 'two']) assert.equal((await login(`username=${username}&password=Winter2026`)).status, 531);
  await set('1');
  const { status, content } = await login('username=admin&password=first-password');
  assert.deepEqual([status, content.errorcode], [429, 429]);
  assert.match(String(content.errortext), /1 are allowed\. Try again in 10 minutes/);
  await set('50');
  assert.equal((await asAdmin()).status, 200);
});
