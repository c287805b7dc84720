import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type AnyCommand, type CommandName, commands, type ParameterSpec } from '@virtstack/contract';
import { sql } from 'kysely';
import { makePerson } from '../accounts/testing.ts';
import { callAs, send, signedQuery, type TestServer, type Values, withServer } from '../http/testing.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'secrets-'));
after(() => rm(dataDir, { recursive: true, force: true }));
let server: TestServer;
before(async () => {
  server = await withServer({ dataDir });
});
/** Whatever was logged, by anybody. */
const everythingLogged = async (): Promise<string> =>
  [...server.logged, await readFile(join(dataDir, 'audit.log'), 'utf8')].join('\n');
/** What was logged, and what jobs and events keep. */
async function everythingKept(): Promise<string> {
  const { db } = server.cloud;
  const tables = [await db.selectFrom('job').selectAll().execute(), await db.selectFrom('event').selectAll().execute()];
  return `${await everythingLogged()}\n${JSON.stringify(tables)}`;
}
const canariesKept = async () => [...new Set((await everythingKept()).match(/Canary-\w+-Secret/gi))];
const secret = (n: number | string): string => `Canary-${n}-Secret`;
const post = (form: string, headers: Record<string, string> = {}) => send(server, '/client/api', { form, headers });

const declared = Object.entries(commands) as unknown as readonly (readonly [CommandName, AnyCommand])[];
/** Secret by their nature, whether or not somebody remembered to say so. */
const looksSecret = /password|secret|token|userdata$|userdatadetails|privatekey|codefor2fa|^value$/;

test('what is secret by its name is declared as secret', () => {
  const open = declared.flatMap(([name, { params }]) =>
    Object.entries(params)
      .filter(
        ([parameter, { spec }]) => looksSecret.test(parameter) && !spec.secret && isText(spec) && !harmless(name, parameter),
      )
      .map(([parameter]) => `${name}.${parameter}`),
  );
  assert.deepEqual(open, []);
});
const isText = ({ kind }: ParameterSpec): boolean => kind === 'string' || kind === 'map' || kind === 'maplist';
const harmless = (name: string, parameter: string): boolean => parameter === 'value' && !/Configuration/.test(name);

/** Values of all parameters of a command, the secret ones canaries: of the right form otherwise, or of none. */
function valuesOf({ params }: AnyCommand, right: boolean): Values {
  const id = '11111111-2222-4333-8444-555555555555';
  const plain: Partial<Record<ParameterSpec['kind'], string>> = {
    uuid: id,
    uuidlist: id,
    integer: '5',
    long: '5',
    boolean: 'true',
    date: '2026-01-01',
  };
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, { spec }]) => {
      if (spec.kind === 'map' || spec.kind === 'maplist') return [[`${name}[0].key`, spec.secret ? secret(name) : 'k']];
      if (spec.secret) return [[name, right ? secret(name) : `${secret(name)}${'x'.repeat(2_000)}`]];
      return [[name, right ? (spec.oneOf?.[0] ?? plain[spec.kind] ?? 'word') : 'a b']];
    }),
  );
}

test('no secret value of any command is kept, whoever sends it and however it is refused', async () => {
  const user = await makePerson(server.cloud.db, server.cloud.secrets, 'ordinary');
  const bearing = declared.filter(([, { params }]) => Object.values(params).some(({ spec }) => spec.secret));
  assert.ok(bearing.length >= 9);
  for (const [name, command] of bearing)
    for (const right of [true, false]) {
      const values = valuesOf(command, right);
      await server.call(name, values);
      await callAs(server, user, name, values);
      const query = new URLSearchParams({ command: name, response: 'json', ...(values as Record<string, string>) });
      await post(String(query));
      await send(server, `/client/api?${String(query).slice(0, 30_000)}`);
    }
  assert.deepEqual(await canariesKept(), []);
});

test('nothing of a request that is refused before anybody is known is kept', async () => {
  const forms = [
    `command=login&username=admin&password=${secret(1)}&password=${secret(2)}`,
    `command=login&username=${secret(3)}&password=${secret(4)}&domain=${secret(5)}`,
    `command=updateUser&password=${secret(6)}&PASSWORD=${secret(7)}&signature=${secret(8)}`,
    `command=${secret(9)}&apikey=${secret(10)}&signature=${secret(11)}`,
    `command=updateUser&${secret('name')}=${secret(13)}&${secret('name')}=1`,
    `command=updateUser&sessionkey=${secret(14)}&password=%00${secret(15)}`,
    `command=listUsers&apikey=${server.firstAdmin!.apikey}&signature=${secret(16)}&expires=${secret(17)}&signatureversion=3`,
    `${'a=1&'.repeat(2001)}password=${secret(18)}`,
  ];
  for (const form of forms) {
    await post(form, { cookie: `JSESSIONID=${secret(19)}; sessionkey=${secret(20)}` });
    await send(server, `/client/api?${form}`);
    await send(server, `/client/api?${form}`, { method: 'PUT' });
  }
  await send(server, `/client/api/${secret(21)}/%zz?password=${secret(22)}`);
  await send(server, '/client/api', {
    form: `password=${secret(23)}`,
    headers: { 'content-type': 'multipart/form-data', authorization: secret(24) },
  });
  assert.deepEqual(await canariesKept(), []);
});

test('an error of the database is told without the row that it was about', async () => {
  const { db } = server.cloud;
  await sql`alter table ssh_key_pair add constraint never check (name <> ${sql.lit(secret('row'))})`.execute(db);
  const refused = await server.call('createSSHKeyPair', { name: secret('row') });
  assert.equal(refused.errorcode, 530);
  assert.ok(server.logged.some((line) => line.includes('ssh_key_pair') && line.includes('"constraint":"never"')));
  assert.deepEqual(await canariesKept(), []);
});

test('what the cloud itself makes is kept by nobody else: keys, sessions, passwords, private keys', async () => {
  const { firstAdmin } = server;
  const answer = await post('command=login&username=admin&password=first-password&response=json');
  const { sessionkey } = (JSON.parse(answer.text) as { loginresponse: { sessionkey: string } }).loginresponse;
  const cookies = ((answer.headers['set-cookie'] ?? []) as string[]).map((one) => one.split(';')[0]!);
  const cookie = cookies.join('; ');
  await post(`command=listUsers&response=json&sessionkey=${sessionkey}`, { cookie });
  const { keypair } = (await server.call('createSSHKeyPair', { name: 'k' })) as unknown as { keypair: { privatekey: string } };
  const query = signedQuery('listUsers', {}, firstAdmin!);
  await send(server, `/client/api?${query}`);
  await server.call('updateConfiguration', { name: 'enable.user.2fa', value: 'true' });
  const user = await makePerson(server.cloud.db, server.cloud.secrets, 'holder');
  const set = await post(`command=setupUserTwoFactorAuthentication&provider=totp&response=json&sessionkey=${sessionkey}`, {
    cookie,
  });
  const { setup2fa } = Object.values(JSON.parse(set.text) as Record<string, { setup2fa: { secretcode: string } }>)[0]!;
  const { jobresult } = await server.job('registerUserKeys', { id: user.userId, name: 'second' });
  const pair = Object.values(jobresult)[0] as unknown as { apikey: string; secretkey: string };
  await callAs(server, pair, 'getUserKeys', { id: user.userId });
  const kept = await everythingKept();
  const secrets = {
    totp: setup2fa.secretcode,
    'new secret': pair.secretkey,
    sessionkey,
    session: cookies.find((one) => one.startsWith('JSESSIONID='))!.split('=')[1]!,
    privatekey: keypair.privatekey.split('\n')[2]!,
    apikey: firstAdmin!.apikey,
    secretkey: firstAdmin!.secretkey,
    signature: new URLSearchParams(query).get('signature')!,
    password: 'first-password',
  };
  // An API key is a name; jobs show it to whoever may ask for them.
  assert.ok(!(await everythingLogged()).includes(pair.apikey));
  for (const [what, value] of Object.entries(secrets)) {
    assert.ok(value.length > 8, what);
    assert.ok(!kept.includes(value), `${what} was kept`);
  }
});
