import assert from 'node:assert/strict';
import { randomUUID, X509Certificate } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { enterOwnWorld, sh } from '../hosts/testing/own-world.ts';
import { type ScriptedAgent, scriptedAgent } from '../hosts/testing/scripted-agent.ts';
import { makeUser, type Sshd, startSshd } from '../hosts/testing/sshd.ts';
import { type Content, type Values, withServer } from '../http/testing.ts';
import { client } from './testing/client.ts';
import { FakeHost } from './testing/fake-host.ts';
import { until } from './testing/until.ts';
import { type TestZone, withZone } from './testing/zone.ts';

await enterOwnWorld(fileURLToPath(import.meta.url));

const password = 'a password nobody repeats';
let zone: TestZone;
let sshd: Sshd;
let agent: ScriptedAgent;
let dataDir: string;
before(async () => {
  makeUser('root', password);
  makeUser('ada', password, 'ALL=(ALL) ALL');
  agent = scriptedAgent(randomUUID());
  dataDir = await mkdtemp(join(tmpdir(), 'add-host-'));
  [sshd, zone] = await Promise.all([startSshd(), withZone({ dataDir, agentBundle: agent.bundle })]);
  // What a real journalctl would say, of a unit that this machine has not.
  writeFileSync('/run/journalctl', '#!/bin/sh\necho "the agent’s own last words"\n', { mode: 0o755 });
  sh('touch /usr/bin/journalctl; mount --bind /run/journalctl /usr/bin/journalctl');
});
beforeEach(() => agent.plan({}));
after(() => rm(dataDir, { recursive: true, force: true }));

const url = (): string => `http://127.0.0.1:${sshd.port}`;
const wished = (more: Values = {}): Values => ({
  ...{ zoneid: zone.zoneId, podid: zone.podId, clusterid: zone.clusterId, hypervisor: 'KVM' },
  ...{ url: url(), username: 'root', password, ...more },
});
const add = (more: Values = {}): Promise<Content> => zone.server.call('addHost', wished(more));
const called = (): string[] => agent.calls().map(({ command }) => command);

/** Waits until the host is asked for something, or the answer is there because it never will be. */
const untilCalled = async (command: string, asked: Promise<Content>): Promise<void> => {
  let answer: Content | undefined;
  void asked.then((content) => (answer = content));
  await until(() => called().includes(command) || answer !== undefined, command, 300_000);
  assert.ok(called().includes(command), JSON.stringify(answer));
};

/** The host's own agent, as far as the server sees it: it calls when it has been started. */
async function callWhenJoined(asked: Promise<Content>): Promise<FakeHost> {
  await untilCalled('join', asked);
  const host = new FakeHost(zone.server, { hostname: 'scripted', addresses: ['127.0.0.1'] });
  Object.assign(host, { guid: agent.guid });
  await host.connect();
  return host;
}

async function addWhole(more: Values = {}): Promise<readonly [answer: Content, host: FakeHost]> {
  const asked = add(more);
  const host = await callWhenJoined(asked);
  return [await asked, host];
}

/** Nothing of the host is left: no row, no key of it, no certificate that is good, no password. */
async function assertNothingLeft(): Promise<void> {
  const { db } = zone.server.cloud;
  const rows = await db.selectFrom('host').select('id').where('guid', '=', agent.guid).where('removed', 'is', null).execute();
  const keys = await db.selectFrom('ssh_host_key').selectAll().execute();
  const certificates = await db
    .selectFrom('certificate')
    .selectAll()
    .where('subject', '=', agent.guid)
    .where('revoked', 'is', null)
    .execute();
  assert.deepEqual([rows, keys, certificates], [[], [], []]);
  assert.ok(!existsSync('/opt/virtstack/new'));
  await assertNoPassword();
}

async function assertNoPassword(): Promise<void> {
  const jobs = await zone.server.cloud.db
    .selectFrom('job')
    .select('state')
    .where('saga', '=', 'add-host')
    .where('status', '!=', 0)
    .execute();
  assert.ok(jobs.length > 0);
  assert.deepEqual(
    jobs.filter(({ state }) => 'password' in state),
    [],
  );
}

const errorEvents = async (): Promise<string[]> =>
  (await zone.api.list('listEvents', { type: 'HOST.CREATE', level: 'ERROR' })).map(({ description }) => description!);

test('a host is added over SSH: programs, check, set-up, certificate, agent, local storage; each step is an event', async () => {
  const [answer, host] = await addWhole({ hosttags: 'fast' });
  assert.equal(answer.errortext, undefined);
  const [added] = answer.host as unknown as Content[];
  assert.deepEqual(
    [answer.count, added!.name, added!.state, added!.ipaddress, added!.hosttags],
    [1, 'scripted', 'Up', '127.0.0.1', 'fast'],
  );
  assert.deepEqual(called(), ['check', 'prepare', 'join']);
  const [check, prepare] = agent.calls();
  const server = `${zone.server.cloud.agentUrl.replace('https', 'wss')}/agent`;
  assert.deepEqual([check!.request.hypervisor, check!.request.bridges, check!.request.emulation], ['KVM', ['br0'], false]);
  assert.deepEqual([prepare!.request.server, prepare!.request.address], [server, '127.0.0.1']);
  const certificate = new X509Certificate(agent.certificate());
  assert.deepEqual(certificate.subject.split('\n'), ['O=virtstack host', `CN=${agent.guid}`]);
  assert.match(certificate.subjectAltName!, /DNS:scripted.*IP Address:127\.0\.0\.1/);
  const pools = await zone.api.list('listStoragePools', { name: 'local-scripted' });
  assert.deepEqual(
    pools.map(({ path, scope }) => [path, scope]),
    [['/var/lib/virtstack/primary', 'HOST']],
  );
  const told = (await zone.api.list('listEvents', { type: 'HOST.CREATE', pagesize: 500 })).map(({ description }) => description!);
  for (const words of [
    'log in over SSH',
    'check',
    'begin to check',
    'prepare',
    'begin to prepare',
    'sign its certificate',
    'join',
    'wait for its agent',
    'take it in',
  ])
    assert.ok(told.includes(`host 127.0.0.1: ${words}`), `${words} in ${told.join('\n')}`);
  await assertNoPassword();
  assert.ok(!zone.server.logged.some((line) => line.includes(password)));
  await deletes(String(added!.id), host);
});

/** Its agent is told to leave; then nothing of it is good any more. */
async function deletes(id: string, host: FakeHost): Promise<void> {
  assert.deepEqual(await zone.server.call('deleteHost', { id }), { success: true });
  assert.ok(host.calls.includes('host/leave'));
  assert.deepEqual(await zone.api.list('listStoragePools', { name: 'local-scripted' }), []);
  await until(() => !host.connected, 'the end of the connection');
  await assertNothingLeft();
}

test('what is copied already is not copied again, and a user who is not root sets the host up by sudo', async () => {
  const events = async () => (await zone.api.list('listEvents', { type: 'HOST.CREATE', keyword: 'copy /opt' })).length;
  const before = await events();
  assert.ok(before > 0);
  const [answer, host] = await addWhole({ username: 'ada' });
  assert.equal(answer.errortext, undefined);
  assert.equal(await events(), before);
  await deletes(String((answer.host as unknown as Content[])[0]!.id), host);
});

test('all that a check finds is told at once, with what to do, and the host is as it was', async () => {
  agent.plan({
    check: {
      failures: [
        { name: 'hypervisor', words: 'the module is not loaded', advice: 'Run modprobe' },
        { name: 'clock', words: 'it is 3 hours behind.', advice: 'Set it.' },
      ],
    },
  });
  const { errorcode, errortext } = await add();
  assert.equal(errorcode, 431);
  assert.equal(
    errortext,
    'Host 127.0.0.1: hypervisor: the module is not loaded. Run modprobe. clock: it is 3 hours behind. Set it.',
  );
  assert.deepEqual(called(), ['check']);
  assert.ok((await errorEvents()).includes(`host 127.0.0.1: check: ${errortext}`));
  await assertNothingLeft();
});

test('a host of another type than its cluster is refused by what its check finds', async () => {
  agent.plan({ check: { result: { hypervisors: ['XEN'] } } });
  assert.match(
    (await add()).errortext!,
    /is of type XEN, its cluster of type KVM; a cluster never mixes two\. Add it to a cluster of type XEN\./,
  );
  assert.deepEqual(called(), ['check']);
});

test('a set-up that fails is undone on the host, and its words are the answer', async () => {
  agent.plan({ prepare: { failures: [{ name: 'install packages', words: 'E: Unable to locate package nftables' }] } });
  const { errorcode, errortext } = await add();
  assert.deepEqual([errorcode, errortext], [530, 'Host 127.0.0.1: install packages: E: Unable to locate package nftables.']);
  assert.deepEqual(called(), ['check', 'prepare', 'leave']);
  await assertNothingLeft();
});

test('an agent that cannot be run at all is told in the host’s words', async () => {
  agent.plan({ check: { dies: { code: 126, words: 'cannot execute binary file: Exec format error' } } });
  assert.match((await add()).errortext!, /cannot run .*check: .*Exec format error\..*same processor architecture/);
});

test('an agent that never calls back fails with the last that it wrote, and everything is undone', async () => {
  await zone.api.one('updateConfiguration', { name: 'host.connect.timeout', value: '10' });
  const { errorcode, errortext } = await add();
  assert.equal(errorcode, 534);
  assert.match(
    errortext!,
    /has not called https:.* within 10 s \(setting host\.connect\.timeout\).*\n?the agent’s own last words/s,
  );
  assert.deepEqual(called(), ['check', 'prepare', 'join', 'leave']);
  await assertNothingLeft();
  await zone.api.one('resetConfiguration', { name: 'host.connect.timeout' });
});

test('a host that can no longer be reached for the undoing is told of, with what to run there', async () => {
  const gate = join(dataDir, 'cut');
  agent.plan({ prepare: { until: gate } });
  const asked = add();
  await untilCalled('prepare', asked);
  // The listener first, then the session: nobody comes in again.
  await sshd.stop();
  for (const pid of sh('pgrep -f "^sshd: root" || true').trim().split('\n')) if (pid) process.kill(Number(pid), 'SIGKILL');
  const { errorcode, errortext } = await asked;
  assert.equal(errorcode, 534);
  assert.match(
    errortext!,
    /was cut off.*What was begun on the host 127\.0\.0\.1 is not undone \(.*refused the connection.*\/opt\/virtstack\/agent\.mjs leave/s,
  );
  writeFileSync(gate, '');
  sshd = await startSshd();
});

test('a wrong password is the answer at once, and no key of the host is kept', async () => {
  const { errorcode, errortext } = await add({ password: 'wrong' });
  assert.equal(errorcode, 431);
  assert.match(errortext!, /does not let user root in/);
  await assertNothingLeft();
});

test('without an agent and without a user the caller is told both ways', async () => {
  const { zoneid, podid, clusterid, hypervisor } = wished();
  const refusal = await zone.api.refusal('addHost', {
    zoneid: zoneid!,
    podid: podid!,
    clusterid: clusterid!,
    hypervisor: hypervisor!,
    url: url(),
  });
  assert.match(refusal, /No agent waits at 127\.0\.0\.1\..*username.*ssh\.publickey/);
});

test('the server’s own key is read by admins, opens the host, and cannot be changed', async () => {
  const [setting] = await zone.api.list('listConfigurations', { name: 'ssh.publickey' });
  assert.match(setting!.value!, /^ssh-ed25519 [A-Za-z0-9+/]+ virtstack$/);
  for (const command of ['updateConfiguration', 'resetConfiguration'] as const)
    assert.match(await zone.api.refusal(command, { name: 'ssh.publickey', value: 'x' }), /can be read, and not be changed/);
  assert.deepEqual(await zone.api.list('listConfigurations', { name: 'ssh.privatekey' }), []);
  const { rows } = await zone.server.cloud.db
    .selectFrom('server_secret')
    .selectAll()
    .execute()
    .then((all) => ({ rows: all }));
  assert.ok(rows.length === 1 && !rows[0]!.value.toString('latin1').includes('PRIVATE'));
  sshd.accept('root', setting!.value!);
  agent.plan({ check: { failures: [{ name: 'far enough', words: 'it logged in' }] } });
  const { zoneid, podid, clusterid, hypervisor } = wished();
  const keyed = { zoneid: zoneid!, podid: podid!, clusterid: clusterid!, hypervisor: hypervisor!, url: url(), username: 'root' };
  assert.match(await zone.api.refusal('addHost', keyed), /far enough: it logged in/);
  sshd.accept('root', '');
});

test('whoever asks again while a host is being added is told how far it is; a server that stops says that the job goes on, and it does', async () => {
  const gate = join(dataDir, 'restart');
  agent.plan({ prepare: { until: gate } });
  const begun = async () => (await zone.api.list('listEvents', { keyword: 'begin to prepare', pagesize: 500 })).length;
  const earlier = await begun();
  const asked = add();
  await untilCalled('prepare', asked);
  await until(async () => (await begun()) > earlier, 'its event');
  const again = await add();
  assert.equal(again.errorcode, 537);
  assert.match(
    again.errortext!,
    /Host 127\.0\.0\.1 is being added already, by admin since .*: \d+ % done, at "host 127\.0\.0\.1: begin to prepare".*queryAsyncJobResult/,
  );
  const { databaseUrl, firstAdmin } = zone.server;
  await zone.server.close();
  const told = await asked;
  assert.equal(told.errorcode, 534);
  const jobid = /The job (\S+) goes on/.exec(told.errortext!)![1]!;
  writeFileSync(gate, '');
  const server = await withServer({ dataDir, databaseUrl, agentBundle: agent.bundle });
  const api = client(server, firstAdmin!);
  zone = { ...zone, server: { ...server, call: (command, values) => zone.server.call(command, values) }, api };
  await callWhenJoined(new Promise(() => {}));
  const job = await until(
    async () => {
      const { jobstatus, jobresult } = await api.one('queryAsyncJobResult', { jobid });
      return jobstatus !== 0 && { jobstatus, jobresult };
    },
    'the end of the job',
    60_000,
  );
  assert.equal(job.jobstatus, 1, JSON.stringify(job.jobresult));
  assert.deepEqual(called(), ['check', 'prepare', 'prepare', 'join']);
  assert.equal((await api.list('listHosts', { name: 'scripted' }))[0]!.state, 'Up');
  await assertNoPassword();
});
