import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { agentMethods, PeerError } from '@virtstack/protocol';
import { sql } from 'kysely';
import { WebSocket } from 'ws';
import { type Content, callAs, type Values } from '../../http/testing.ts';
import { type Client, client } from '../../orchestration/testing/client.ts';
import { FakeHost } from '../../orchestration/testing/fake-host.ts';
import { type ServerProcess, startServerProcess } from '../../orchestration/testing/server-process.ts';
import { ok, type SharedZone, withSharedZone } from '../../orchestration/testing/shared-zone.ts';
import { until } from '../../orchestration/testing/until.ts';
import type { TestHost } from '../../orchestration/testing/zone.ts';
import { serverOrganization } from './credentials.ts';

// Two servers share one database: the test's own, and one in a process that can be killed. What is asked of one has its host at the other.
let zone: SharedZone;
let api: Client;
let dataDir: string;
const dirs: string[] = [];
after(() => Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true }))));

async function freshDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'neighbours-'));
  dirs.push(dir);
  return dir;
}

before(async () => {
  dataDir = await freshDir();
  zone = await withSharedZone({ dataDir });
  ({ api } = zone);
  await keepJobsHere();
});

/** Every job is run by the test's own server: else the one that holds the host might run it, and nothing would be passed on. */
async function keepJobsHere(): Promise<void> {
  const { db } = zone.server.cloud;
  const { number } = await db.selectFrom('server').select('number').executeTakeFirstOrThrow();
  await sql
    .raw(`create function keep_here() returns trigger language plpgsql as
      $$ begin if new.server_number <> ${number} then return null; end if; return new; end $$`)
    .execute(db);
  await sql`create trigger keep_here before update on job for each row execute function keep_here()`.execute(db);
}

/** Servers that share a database share the key of its secrets. */
async function anotherServer(): Promise<ServerProcess> {
  const dir = await freshDir();
  await cp(join(dataDir, 'secret.key'), join(dir, 'secret.key'));
  const { databaseUrl, firstAdmin, cloud } = zone.server;
  return startServerProcess({ dataDir: dir, db: cloud.db, config: { databaseUrl }, firstAdmin });
}

const isUp = (id: string) => async () => (await api.list('listHosts', { id }))[0]?.state === 'Up';
const heldBy = async (id: string): Promise<number | null> =>
  (await zone.server.cloud.db.selectFrom('host').select('server_number').where('id', '=', id).executeTakeFirstOrThrow())
    .server_number;

async function move({ id, host }: TestHost, server: FakeHost['server']): Promise<void> {
  const before = await heldBy(id);
  await host.disconnect();
  host.server = server;
  await host.connect();
  await until(async () => (await heldBy(id)) !== before && (await isUp(id)()), 'the host at the other server');
}

/** It comes back to a server by itself, as an agent does. */
function staysAt(host: FakeHost, server: () => FakeHost['server']): () => void {
  let busy = false;
  const timer = setInterval(() => {
    if (host.connected || busy) return;
    busy = true;
    host.server = server();
    void host
      .connect()
      .catch(() => {})
      .finally(() => (busy = false));
  }, 50);
  return () => clearInterval(timer);
}

const deploy = (name: string, more: Values = {}) =>
  api.job('deployVirtualMachine', {
    ...{ zoneid: zone.zoneId, serviceofferingid: zone.offering, templateid: zone.templateId, name },
    ...{ hostid: zone.one.id, ...more },
  });

test('whatever is asked of one server reaches a host whose agent is connected to another', async () => {
  const other = await anotherServer();
  await move(zone.one, other);
  const { host } = zone.one;
  const { id } = ok(await deploy('far')).made;
  assert.equal(host.guests.get(id!)?.state, 'running');
  ok(await api.job('stopVirtualMachine', { id: id! }));
  assert.equal(host.guests.get(id!)?.state, 'shutoff');
  ok(await api.job('startVirtualMachine', { id: id!, hostid: zone.one.id }));
  const [offering] = await api.list('listDiskOfferings', { name: 'Small' });
  const made = ok(await api.job('createVolume', { name: 'v', zoneid: zone.zoneId, diskofferingid: offering!.id! })).made;
  ok(await api.job('attachVolume', { id: made.id!, virtualmachineid: id! }));
  assert.ok([...host.disks.get(id!)!].some((path) => path.includes(made.id!)));
  ok(await api.job('detachVolume', { id: made.id! }));
  await api.one('deleteVolume', { id: made.id! });
  ok(await api.job('migrateVirtualMachine', { virtualmachineid: id!, hostid: zone.two.id }));
  assert.equal(zone.two.host.guests.get(id!)?.state, 'running');
  ok(await api.job('migrateVirtualMachine', { virtualmachineid: id!, hostid: zone.one.id }));
  ok(await api.job('prepareHostForMaintenance', { id: zone.one.id }));
  assert.equal(zone.two.host.guests.get(id!)?.state, 'running');
  ok(await api.job('cancelHostMaintenance', { id: zone.one.id }));
  ok(await api.job('destroyVirtualMachine', { id: id!, expunge: true }));
  const stop = staysAt(host, () => other);
  const calls = host.calls.length;
  ok(await api.job('reconnectHost', { id: zone.one.id }));
  stop();
  assert.ok(host.connected, `it answered ${host.calls.length - calls} orders and is connected anew`);
  await move(zone.one, zone.server);
  await other.kill();
});

test('a refusal, and an end of the connection in the middle of an order, are the same through another server', async () => {
  const other = await anotherServer();
  await move(zone.one, other);
  const { host } = zone.one;
  host.failures.push({ method: 'guest/start', when: 'before', error: new PeerError('disk-full', 'no room on /pool') });
  const { errorcode, errortext } = await deploy('full');
  assert.equal(errorcode, 533);
  assert.match(errortext!, /no room on \/pool/);
  let cuts = 0;
  host.gate = async (method) => {
    if (method !== 'guest/start' || cuts++ > 0) return;
    await host.disconnect();
  };
  const stop = staysAt(host, () => other);
  const cut = await deploy('cut');
  host.gate = undefined;
  stop();
  assert.equal(cut.status, 1, cut.errortext);
  assert.ok(cuts >= 2, 'it was asked again');
  await move(zone.one, zone.server);
  await other.kill();
});

test('the server that holds a host is killed in the middle of an order: the job ends when the host is at another one, with one guest', async () => {
  const other = await anotherServer();
  await move(zone.one, other);
  const { host } = zone.one;
  const before = host.guests.size;
  const starts = host.calls.filter((call) => call === 'guest/start').length;
  let killed = false;
  host.acted = async (method) => {
    if (method !== 'guest/start' || killed) return;
    killed = true;
    await other.kill();
  };
  const stop = staysAt(host, () => zone.server);
  const { status, made, errortext } = await deploy('orphan');
  host.acted = undefined;
  stop();
  assert.equal(status, 1, errortext);
  assert.ok(killed);
  assert.equal(host.guests.get(made.id!)?.state, 'running');
  assert.equal(host.guests.size, before + 1);
  assert.ok(host.calls.filter((call) => call === 'guest/start').length > starts + 1, 'it was asked again');
});

test('a console is joined with a guest whose host is at another server, both ways, also in bulk', async () => {
  const other = await anotherServer();
  await move(zone.one, other);
  const { host } = zone.one;
  const { id } = ok(await deploy('talker')).made;
  const bulk = Buffer.alloc(3_000_000, 'x');
  host.console = (stream) => {
    stream.on('message', (data) => stream.send(`heard ${data}`));
    for (let at = 0; at < bulk.length; at += 50_000) stream.send(bulk.subarray(at, at + 50_000));
  };
  const { consoleendpoint } = (await zone.server.call('createConsoleEndpoint', { virtualmachineid: id! })) as Content & {
    consoleendpoint: { websocket: { token: string } };
  };
  const { host: address, port } = zone.server.address;
  const ticket = consoleendpoint.websocket.token;
  const browser = new WebSocket(`wss://${address}:${port}/client/console/socket?ticket=${ticket}`, { ca: zone.server.authority });
  let got = 0;
  let text = '';
  browser.on('message', (data: Buffer) => {
    got += data.length;
    text = data.toString().slice(-40);
  });
  await once(browser, 'open');
  await until(() => got >= bulk.length, 'what the guest wrote');
  browser.send('hello');
  await until(() => text.endsWith('heard hello'), 'the guest’s answer');
  browser.close();
  await move(zone.one, zone.server);
  await other.kill();
});

test('a host that is deleted by the server that does not hold it is told to become what it was, and let go', async () => {
  const other = await anotherServer();
  const host = new FakeHost(other, { addresses: ['192.0.2.200'] });
  await host.connect();
  assert.equal(host.accepted, false);
  const place = { zoneid: zone.zoneId, podid: zone.podId, clusterid: zone.clusterId };
  const [added] = await api.list('addHost', { ...place, hypervisor: 'KVM', url: 'http://192.0.2.200' });
  const id = added!.id!;
  await until(isUp(id), 'the host');
  await zone.server.cloud.db.updateTable('host').set({ set_up: true }).where('id', '=', id).execute();
  await api.one('deleteHost', { id });
  await until(async () => !(await api.list('listHosts')).some((one) => one.id === id), 'the end of the host');
  assert.ok(host.calls.includes(agentMethods.leave.name));
  await until(() => !host.connected, 'the end of its connection');
  await other.kill();
});

test('a host that comes to another server is let go by the first; another machine with its certificate is refused', async () => {
  const other = await anotherServer();
  const { host, id } = zone.one;
  const twin = new FakeHost(other, { ...host.facts, bootId: 'another-boot' });
  Object.assign(twin, { guid: host.guid });
  await assert.rejects(twin.connect(), /Another machine .* is connected as this host/);
  assert.ok(host.connected);
  const again = new FakeHost(other, host.facts);
  Object.assign(again, { guid: host.guid });
  await again.connect();
  await until(() => !host.connected, 'the end of the first connection');
  await until(async () => (await isUp(id)()) && (await zone.server.cloud.agents.connected(id)), 'the host at the other server');
  await again.disconnect();
  await host.connect();
  await until(isUp(id), 'the host');
  await other.kill();
});

test('only a server that is alive speaks as one', async () => {
  const other = await anotherServer();
  const { cloud, agentAddress, authority } = zone.server;
  const knock = async (path: string, subject: { commonName: string; organization?: string }, days = 1): Promise<string> => {
    const { certificate: cert, key } = await cloud.authority.issue({ ...subject, names: [], addresses: [], days });
    return new Promise((resolve) => {
      const socket = new WebSocket(`wss://127.0.0.1:${agentAddress.port}${path}`, { cert, key, ca: authority });
      socket.once('open', () => {
        socket.terminate();
        resolve('open');
      });
      socket.once('error', (error) => resolve(error.message));
    });
  };
  const servers = await cloud.db.selectFrom('server').select('id').orderBy('number', 'desc').execute();
  const alive = servers[0]!.id;
  const server = { commonName: alive, organization: serverOrganization };
  assert.equal(await knock('/server', server), 'open');
  for (const path of ['/agent', '/image-store', '/streams/00000000-0000-4000-8000-000000000000', '/server/x'])
    assert.match(await knock(path, server), /403/);
  const { guid } = zone.one.host;
  for (const who of [
    { commonName: guid, organization: 'virtstack host' },
    { commonName: alive },
    { commonName: 'image-store' },
    { commonName: 'a-server', organization: serverOrganization },
  ])
    assert.match(await knock('/server', who), /403/, JSON.stringify(who));
  const stolen = await cloud.authority.issue({ ...server, names: [], addresses: [], days: 1 });
  const socket = new WebSocket(`wss://127.0.0.1:${agentAddress.port}/server`, {
    ...{ cert: stolen.certificate, key: stolen.key, ca: authority },
  });
  await once(socket, 'open');
  const closed = once(socket, 'close');
  ok(await api.job('revokeCertificate', { serial: new X509Certificate(stolen.certificate).serialNumber }));
  await closed;
  await other.kill();
  await until(async () => /403/.test(await knock('/server', server)), 'the refusal of a dead server’s certificate');
});

test('what waits at one server is seen at another: agents, jobs', async () => {
  const other = await anotherServer();
  const there = client(other);
  await move(zone.one, other);
  const waiting = Promise.withResolvers<void>();
  zone.one.host.gate = (method) => (method === 'guest/start' ? waiting.promise : Promise.resolve());
  const asked = await callAs(zone.server, zone.server.firstAdmin!, 'deployVirtualMachine', {
    ...{ zoneid: zone.zoneId, serviceofferingid: zone.offering, templateid: zone.templateId, hostid: zone.one.id },
  });
  assert.equal((await there.one('queryAsyncJobResult', { jobid: asked.jobid! })).jobstatus, 0);
  const [here, beside] = await there.list('listManagementServers', { peers: true });
  assert.deepEqual([here!.state, here!.agents, here!.agentscount, here!.pendingjobscount], ['Up', [zone.two.id], 1, 1]);
  assert.deepEqual([beside!.state, beside!.agents, beside!.serviceip], ['Up', [zone.one.id], '127.0.0.1']);
  assert.deepEqual(
    here!.peers!.map(({ peerid, peerserviceport }) => [peerid, peerserviceport]),
    [[beside!.id, String(other.agentAddress.port)]],
  );
  waiting.resolve();
  await until(
    async () => (await there.one('queryAsyncJobResult', { jobid: asked.jobid! })).jobstatus === 1,
    'the end of the job',
  );
  zone.one.host.gate = undefined;
  await other.kill();
  const [, dead] = await until(async () => {
    const all = await api.list('listManagementServers');
    return all[1]?.state === 'Down' && all;
  }, 'the end of the other server');
  assert.deepEqual([dead!.agents, dead!.lastagents], [[], [zone.one.id]]);
  await until(() => !zone.one.host.connected, 'the end of the connection');
  zone.one.host.server = zone.server;
  await zone.one.host.connect();
  await until(isUp(zone.one.id), 'the host');
  assert.equal((await api.list('listManagementServers')).length, 1);
});
