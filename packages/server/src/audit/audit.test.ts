import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeDomain, makePerson, type Person } from '../accounts/testing.ts';
import { CloudError } from '../error.ts';
import { callAs, send, signedQuery, type TestServer, withServer } from '../http/testing.ts';
import { startJobs } from '../jobs/dispatcher.ts';
import { Presence } from '../jobs/presence.ts';
import { saga } from '../orchestration/saga.ts';
import { openAudit } from './audit.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'audit-'));
after(() => rm(dataDir, { recursive: true, force: true }));
let server: TestServer;
let user: Person;
before(async () => {
  server = await withServer({ dataDir });
  user = await makePerson(server.cloud.db, server.cloud.secrets, 'alice');
});

type Line = Readonly<Record<string, unknown>>;
const read = async (): Promise<Line[]> =>
  (await readFile(join(dataDir, 'audit.log'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
/** What was written while something was done. */
async function during(act: () => Promise<unknown>): Promise<Line[]> {
  const before = await read().catch(() => []);
  await act();
  return (await read()).slice(before.length);
}
const logIn = (form: string) => send(server, '/client/api', { form: `command=login&response=json&${form}` });

test('a change is told: when, who, from where, with which key, which command, about what, how it ended', async () => {
  let id = '';
  const lines = await during(async () => {
    const made = (
      await server.call('createZone', { name: 'z', networktype: 'Advanced', dns1: '192.0.2.1', internaldns1: '192.0.2.1' })
    ).zone as { id: string };
    id = made.id;
    await server.call('updateZone', { id, name: 'zz' });
    await server.call('listZones', { id });
    await server.call('updateZone', { id, dns1: 'no address' });
  });
  const [made, changed, refused] = lines;
  assert.equal(lines.length, 3, 'who only looks is not told');
  const { time, ms, keyid, ...rest } = made!;
  assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000 && typeof ms === 'number' && typeof keyid === 'string');
  const [admin] = await server.cloud.db
    .selectFrom('users')
    .select(['id', 'account_id'])
    .where('username', '=', 'admin')
    .execute();
  const { domain_id } = await server.cloud.db
    .selectFrom('account')
    .select('domain_id')
    .where('id', '=', admin!.account_id)
    .executeTakeFirstOrThrow();
  assert.deepEqual(rest, {
    ...{ user: 'admin', userid: admin!.id, account: 'admin', accountid: admin!.account_id, domain: '/', domainid: domain_id },
    ...{ address: '127.0.0.1', command: 'createZone', named: {}, outcome: 'done', id },
  });
  assert.deepEqual([changed!.command, changed!.named, changed!.outcome], ['updateZone', { id }, 'done']);
  assert.deepEqual([refused!.outcome, refused!.error, refused!.code], ['refused', 'parameter', 431]);
});

test('a command that a job does is told with the job, and the job when it ends: whose, about what, how', async () => {
  const id = await makeDomain(server.cloud.db, 'gone');
  let jobid: unknown;
  const lines = await during(async () => {
    ({ jobid } = await server.job('deleteDomain', { id }));
  });
  assert.deepEqual(lines.map(({ outcome }) => outcome).sort(), ['accepted', 'done']);
  const [asked, ended] = ['accepted', 'done'].map((word) => lines.find(({ outcome }) => outcome === word));
  assert.deepEqual([asked!.command, asked!.named, asked!.outcome, asked!.job], ['deleteDomain', { id }, 'accepted', jobid]);
  const { time, ms, ...rest } = ended!;
  const { user: name, userid, account, accountid, domain, domainid } = asked!;
  const who = { user: name, userid, account, accountid, domain, domainid };
  assert.deepEqual(rest, { ...who, command: 'deleteDomain', outcome: 'done', job: jobid, id });
  assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000 && typeof ms === 'number');
});

test('a job that fails is told with the kind of its error, and without words that may repeat a secret', async () => {
  const { db, jobs, log } = server.cloud;
  const secret = 'My-Password-Secret';
  const doomed = saga('doomed').step('only', {
    do: (): Promise<void> => Promise.reject(new CloudError('capacity', `no room for ${secret}`)),
    undo: { nothing: 'it did nothing' },
  });
  const audit = openAudit({ db, log, dir: dataDir });
  const presence = await Presence.join({ db, databaseUrl: server.databaseUrl, name: 'other', version: 'test', log });
  const dispatcher = await startJobs(server.cloud, [doomed], presence, { ends: audit.jobEnds });
  const { accountId, domainId, userId } = user;
  let id = '';
  const lines = await during(async () => {
    const asker = { command: 'stopVirtualMachine', accountId, domainId, userId };
    id = await jobs.enqueue(db, { saga: 'doomed', state: { secret } }, asker);
    while ((await callAs(server, user, 'queryAsyncJobResult', { jobid: id })).jobstatus === 0);
  });
  await dispatcher.stop();
  await presence.close();
  await audit.close();
  assert.deepEqual(
    lines.map(({ job, user: name, command, outcome, error, code }) => [job, name, command, outcome, error, code]),
    [[id, 'alice', 'stopVirtualMachine', 'failed', 'capacity', 533]],
  );
  assert.doesNotMatch(JSON.stringify(lines), /Secret/);
});

test('a log-in and its end are told, and one that was refused: the name only where it is somebody’s', async () => {
  const lines = await during(async () => {
    const answer = await logIn('username=alice&password=password+of+alice');
    const { sessionkey } = (JSON.parse(answer.text) as { loginresponse: { sessionkey: string } }).loginresponse;
    const cookie = ((answer.headers['set-cookie'] ?? []) as string[]).map((one) => one.split(';')[0]).join('; ');
    await send(server, '/client/api', { form: `command=logout&response=json&sessionkey=${sessionkey}`, headers: { cookie } });
    await logIn('username=alice&password=Wrong-Secret');
    await logIn('username=My-Password-Secret&password=x');
  });
  assert.deepEqual(
    lines.map(({ command, user, userid, outcome }) => [command, user, userid, outcome]),
    [
      ['login', 'alice', user.userId, 'done'],
      ['logout', 'alice', user.userId, 'done'],
      ['login', 'alice', undefined, 'refused'],
      ['login', undefined, undefined, 'refused'],
    ],
  );
});

test('what somebody may not do is told, were it only looking; so are signatures that are wrong', async () => {
  const lines = await during(async () => {
    await callAs(server, user, 'listHosts');
    await callAs(server, user, 'listSSHKeyPairs', { account: 'admin', domainid: user.domainId });
    await callAs(server, { ...user, secretkey: 'x' }, 'listZones');
    await send(server, '/client/api?command=listZones&response=json');
  });
  assert.deepEqual(
    lines.map(({ command, user, error }) => [command, user, error]),
    [
      ['listHosts', 'alice', 'unsupported'],
      ['listSSHKeyPairs', 'alice', 'account'],
      ['listZones', undefined, 'unauthorized'],
    ],
  );
});

test('strangers cannot write it full: of their refusals some are told, and how many were not', async () => {
  const wrong = signedQuery('listZones', {}, { apikey: 'nobody', secretkey: 'x' });
  const lines = await during(async () => {
    for (let n = 0; n < 40; n++) await send(server, `/client/api?${wrong}`);
    await server.call('createSSHKeyPair', { name: 'mine' });
  });
  assert.ok(lines.length <= 31, `${lines.length} lines`);
  assert.equal(lines.at(-1)!.command, 'createSSHKeyPair', 'what somebody known does is told all the same');
});
