import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { connect } from 'node:tls';
import { PeerError } from '@virtstack/protocol';
import { FakeHost } from '../orchestration/testing/fake-host.ts';
import { until } from '../orchestration/testing/until.ts';
import { type TestZone, withZone } from '../orchestration/testing/zone.ts';

let zone: TestZone;
before(async () => {
  zone = await withZone();
});

const place = () => ({ zoneid: zone.zoneId, podid: zone.podId, clusterid: zone.clusterId, hypervisor: 'KVM' });
const hostState = async (id: string) => (await zone.api.list('listHosts', { id }))[0]?.state;
const machine = async (id: string) => (await zone.api.list('listVirtualMachines', { id }))[0]!;
async function deployOn(hostid: string, name: string, more = {}): Promise<string> {
  const base = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId, hostid, name };
  const { made, errortext } = await zone.api.job('deployVirtualMachine', { ...base, ...more });
  assert.equal(errortext, undefined);
  return made.id!;
}

test('an agent whose certificate is another host’s is refused', async () => {
  const [one, other] = [new FakeHost(zone.server), new FakeHost(zone.server)];
  await assert.rejects(one.connect(other.guid), (error: PeerError) => error.kind === 'identity');
  assert.match(await zone.api.refusal('addHost', { ...place(), url: `http://${one.facts.hostname}` }), /No agent waits at/);
});

test('an upgrade at an address that is none is refused, and the port answers on', async () => {
  const { certificate, key } = await zone.server.cloud.authority.issue({ commonName: 'a', names: [], addresses: [], days: 1 });
  const { host, port } = zone.server.agentAddress;
  const socket = connect({ host, port, cert: certificate, key, ca: zone.server.authority });
  socket.write('GET // HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  assert.match(answer.toString(), /^HTTP\/1\.1 403/);
  assert.equal((await zone.api.list('listZones')).length, 1);
});

test('addHost takes in the agent that waits at the address, once, and tells what it knows of it', async () => {
  const host = new FakeHost(zone.server, { addresses: ['192.0.2.200'] });
  await host.connect();
  assert.equal(host.accepted, false);
  const [added] = await zone.api.list('addHost', { ...place(), url: 'http://192.0.2.200', hosttags: 'a,b' });
  await until(async () => (await hostState(added!.id!)) === 'Up', 'Up');
  const [shown] = await zone.api.list('listHosts', { id: added!.id! });
  assert.deepEqual(
    [shown!.name, shown!.hypervisor, shown!.hosttags, shown!.cpunumber, shown!.memorytotal, shown!.cpuused, shown!.cpuallocated],
    [host.facts.hostname, 'KVM', 'a,b', 8, 8 * 2 ** 30, '25.00%', '0.00%'],
  );
  assert.match(await zone.api.refusal('addHost', { ...place(), url: 'http://192.0.2.200' }), /has been added already/);
});

test('a host of another type than its cluster is refused, and both are named', async () => {
  const host = new FakeHost(zone.server, { hypervisor: 'XEN', addresses: ['192.0.2.201'] });
  await host.connect();
  assert.match(
    await zone.api.refusal('addHost', { ...place(), url: 'http://192.0.2.201' }),
    /of type XEN, cluster c of type KVM/,
  );
});

test('a host without acceleration is refused with the reason, unless the setting allows it', async () => {
  const facts = { accelerated: false, accelerationProblem: '/dev/kvm cannot be opened.', addresses: ['192.0.2.202'] };
  await new FakeHost(zone.server, facts).connect();
  assert.match(
    await zone.api.refusal('addHost', { ...place(), url: 'http://192.0.2.202' }),
    /\/dev\/kvm cannot be opened.*host\.allow\.emulation/,
  );
  await zone.api.one('updateConfiguration', { name: 'host.allow.emulation', value: 'true' });
  const [added] = await zone.api.list('addHost', { ...place(), url: 'http://192.0.2.202' });
  await until(async () => (await hostState(added!.id!)) === 'Up', 'Up');
});

test('a host that is too old is refused with the numbers, and told in the one event of its refusals', async () => {
  const tooOld = ['libvirt 8.0.0 is older than 9.0, the oldest that is supported.', 'QEMU does not tell its version (nothing).'];
  await new FakeHost(zone.server, { tooOld, addresses: ['192.0.2.203'] }).connect();
  const events = async () =>
    (await zone.api.list('listEvents', { type: 'HOST.CREATE', level: 'ERROR', keyword: '192.0.2.203 is too old' })).length;
  for (let attempt = 0; attempt < 3; attempt++)
    assert.match(
      await zone.api.refusal('addHost', { ...place(), url: 'http://192.0.2.203' }),
      /192\.0\.2\.203 is too old: libvirt 8\.0\.0 is older than 9\.0, the oldest that is supported\. QEMU does not tell its version/,
    );
  assert.equal(await events(), 1);
  await zone.api.refusal('addHost', { ...place(), url: 'http://192.0.2.204' });
  await zone.api.refusal('addHost', { ...place(), url: 'http://192.0.2.203' });
  assert.equal(await events(), 2, 'after another failure it is told again');
});

test('a known host that has become too old is refused with one alert, and taken in again when it is new enough', async () => {
  const { id, host } = await zone.addHost();
  const vm = await deployOn(id, 'onold');
  const alerts = () => zone.api.list('listAlerts', { keyword: `${host.facts.hostname} is too old` });
  await host.disconnect();
  host.facts = {
    ...host.facts,
    libvirtVersion: '8.0.0',
    tooOld: ['libvirt 8.0.0 is older than 9.0, the oldest that is supported.'],
  };
  for (let attempt = 0; attempt < 2; attempt++) {
    await host.connect();
    await until(() => !host.connected, 'the end of the connection');
  }
  assert.equal(await hostState(id), 'Alert');
  assert.match((await alerts())[0]!.description!, /libvirt 8\.0\.0 is older than 9\.0.*nothing can be done with them/);
  assert.equal((await alerts()).length, 1);
  const [shown] = await zone.api.list('listHosts', { id });
  assert.match(shown!.details!.tooOld!, /libvirt 8\.0\.0/);
  assert.equal(host.guests.get(vm)?.state, 'running');
  host.facts = { ...host.facts, libvirtVersion: '9.0.0', tooOld: [] };
  await host.connect();
  await until(async () => (await hostState(id)) === 'Up', 'Up');
});

test('a known host that comes back with another hypervisor is refused with one alert', async () => {
  const { id, host } = await zone.addHost();
  await host.disconnect();
  host.facts = { ...host.facts, hypervisor: 'XEN' };
  for (let attempt = 0; attempt < 2; attempt++) {
    await host.connect();
    await until(() => !host.connected, 'the end of the connection');
  }
  assert.equal(await hostState(id), 'Alert');
  const alerts = await zone.api.list('listAlerts', { keyword: `${host.facts.hostname} was added as KVM` });
  assert.deepEqual(alerts.length, 1);
});

test('a second connection of a host replaces the first, and the host stays Up', async () => {
  const { id, host } = await zone.addHost();
  const second = new FakeHost(zone.server, host.facts);
  Object.assign(second, { guid: host.guid });
  await second.connect();
  assert.equal(second.accepted, true);
  await until(() => !host.connected, 'the end of the first connection');
  await until(async () => (await hostState(id)) === 'Up', 'Up');
  await deployOn(id, 'second');
  assert.equal(second.guests.size, 1);
});

test('an agent that is lost in the middle of a deployment and comes back finds the order again', async () => {
  const { id, host } = await zone.addHost();
  host.gate = async (method) => {
    if (method !== 'guest/start') return;
    host.gate = undefined;
    await host.disconnect();
    await until(async () => (await hostState(id)) === 'Disconnected', 'Disconnected');
    await host.connect();
  };
  const vm = await deployOn(id, 'resumed');
  assert.equal(host.guests.get(vm)?.state, 'running');
  assert.equal(host.calls.filter((c) => c === 'guest/start').length, 2);
});

test('what an agent refuses fails the deployment in its words, and nothing is left on the host', async () => {
  const { id, host } = await zone.addHost();
  host.failures.push({ method: 'guest/start', when: 'after', error: new PeerError('command-failed', 'qemu said no: 42') });
  const base = {
    zoneid: zone.zoneId,
    serviceofferingid: zone.offeringId,
    templateid: zone.templateId,
    hostid: id,
    name: 'refused',
  };
  const job = await zone.api.job('deployVirtualMachine', base);
  assert.deepEqual([job.status, job.errortext], [2, 'qemu said no: 42']);
  assert.deepEqual([host.guests.size, host.volumes.size], [0, 0]);
  assert.deepEqual(
    host.networks.get(zone.networkId)!.leases.filter((l) => l.hostname === 'refused'),
    [],
  );
});

test('a machine expunged while its host is away is removed there when it comes back, before the host is Up', async () => {
  const { id, host } = await zone.addHost();
  const vm = await deployOn(id, 'away');
  await zone.api.job('destroyVirtualMachine', { id: vm });
  await host.disconnect();
  await until(async () => (await hostState(id)) === 'Disconnected', 'Disconnected');
  assert.equal((await zone.api.job('expungeVirtualMachine', { id: vm })).status, 1);
  assert.deepEqual([host.guests.has(vm), host.volumes.size], [true, 1]);
  const seen: unknown[] = [];
  host.gate = async (method) => {
    if (method.endsWith('/remove') || method.endsWith('/delete')) seen.push(await hostState(id));
  };
  await host.connect();
  await until(async () => (await hostState(id)) === 'Up', 'Up');
  assert.deepEqual([host.guests.has(vm), host.volumes.size], [false, 0]);
  assert.deepEqual(seen, ['Connecting', 'Connecting']);
});

test('guests that went down with their host are started again where their offering says so, else Stopped with an alert', async () => {
  const { id, host } = await zone.addHost();
  const size = { cpunumber: 1, cpuspeed: 100, memory: 128, storagetype: 'local', offerha: true };
  const ha = await zone.api.one('createServiceOffering', { name: 'ha', displaytext: 'ha', ...size });
  const safe = await deployOn(id, 'safe', { serviceofferingid: ha.id! });
  const plain = await deployOn(id, 'plain');
  await host.disconnect();
  host.reboot();
  await host.connect();
  await until(async () => (await machine(plain)).state === 'Stopped', 'Stopped');
  await until(async () => host.guests.get(safe)?.state === 'running' && (await machine(safe)).state === 'Running', 'the restart');
  const alerts = await zone.api.list('listAlerts', { keyword: 'plain' });
  assert.match(alerts[0]!.description!, /plain \(i-\d+-\d+-VM\) went down when its host .* was rebooted/);
});

test('a guest that stopped while its agent was away, without a reboot, was stopped on purpose', async () => {
  const { id, host } = await zone.addHost();
  const vm = await deployOn(id, 'deliberate');
  await host.disconnect();
  host.guests.get(vm)!.state = 'shutoff';
  await host.connect();
  await until(async () => (await machine(vm)).state === 'Stopped', 'Stopped');
  assert.equal(host.guests.get(vm)?.state, 'shutoff');
});

test('a domain that the cloud did not make is left alone', async () => {
  const { host } = await zone.addHost();
  const uuid = crypto.randomUUID();
  host.guests.set(uuid, { name: 'mine', state: 'running', ours: false });
  host.calls.length = 0;
  host.tell(host.report());
  host.virsh(uuid, 'running');
  await deployOn((await zone.api.list('listHosts', { name: host.facts.hostname }))[0]!.id!, 'beside');
  assert.ok(host.guests.has(uuid));
  assert.ok(!host.calls.includes('guest/remove'));
});

test('a report that is older than a job’s end does not undo what the job did', async () => {
  const { id, host } = await zone.addHost();
  const vm = await deployOn(id, 'late');
  const old = host.report();
  await zone.api.job('stopVirtualMachine', { id: vm });
  host.tell(old);
  host.tell(host.report());
  await until(() => host.calls.filter((c) => c === 'host/report').length > 0, 'the question');
  assert.equal((await machine(vm)).state, 'Stopped');
});

test('a guest that two hosts have is told by an alert, and neither is touched', async () => {
  const [a, b] = [await zone.addHost(), await zone.addHost()];
  const vm = await deployOn(a.id, 'twin');
  b.host.virsh(vm, 'running', 'booted');
  const alerts = await until(async () => {
    const found = await zone.api.list('listAlerts', { keyword: 'twin' });
    return found.length > 0 && found;
  }, 'the alert');
  assert.match(alerts[0]!.description!, /while host .* has it too/);
  assert.equal((await machine(vm)).hostid, a.id);
  a.host.guests.get(vm)!.state = 'shutoff';
  b.host.virsh(vm, 'running', 'migrated');
  await until(async () => (await machine(vm)).hostid === b.id, 'the move', 2000);
});

test('deleteHost names the guests in the way, and lets the agent go', async () => {
  const { id, host } = await zone.addHost();
  const vm = await deployOn(id, 'inway');
  assert.match(await zone.api.refusal('deleteHost', { id }), /1 virtual machines are on host .* \(inway\)/);
  await zone.api.job('destroyVirtualMachine', { id: vm, expunge: true });
  await zone.api.one('deleteHost', { id });
  await until(() => !host.connected, 'the end of the connection');
});

test('an image is served to hosts of the cloud by their certificate, whole, and to nobody else', async () => {
  const { host } = await zone.addHost();
  const path = join(await mkdtemp(join(tmpdir(), 'image-')), 'image');
  await writeFile(path, Buffer.alloc(3_000_000, 7));
  const { db } = zone.server.cloud;
  await db.updateTable('template_store').set({ path }).where('template_id', '=', zone.templateId).execute();
  const get = async (commonName: string): Promise<{ status: number; length: number }> => {
    const { certificate, key } = await zone.server.cloud.authority.issue({ commonName, names: [], addresses: [], days: 1 });
    const { port } = zone.server.agentAddress;
    const options = {
      host: '127.0.0.1',
      port,
      path: `/images/${zone.templateId}`,
      cert: certificate,
      key,
      ca: zone.server.authority,
    };
    return new Promise((resolve, reject) => {
      request(options, (answer) => {
        let length = 0;
        answer.on('data', (chunk: Buffer) => {
          length += chunk.length;
        });
        answer.on('end', () => resolve({ status: answer.statusCode!, length }));
      })
        .on('error', reject)
        .end();
    });
  };
  assert.deepEqual(await get(host.guid), { status: 200, length: 3_000_000 });
  assert.equal((await get(crypto.randomUUID())).status, 403);
  assert.equal((await get('image-store')).status, 403);
});

test('a host whose agent is lost is Disconnected at once, and after the silence allowed it is Alert', async () => {
  const { id, host } = await zone.addHost();
  await host.disconnect();
  await until(async () => (await hostState(id)) === 'Disconnected', 'Disconnected', 1000);
  await zone.api.one('updateConfiguration', { name: 'ping.interval', value: '1' });
  await zone.api.one('updateConfiguration', { name: 'ping.timeout', value: '1' });
  await until(async () => (await hostState(id)) === 'Alert', 'Alert');
  const alerts = await zone.api.list('listAlerts', { keyword: host.facts.hostname });
  assert.match(alerts[0]!.description!, /has not been heard for 1 s/);
  await host.connect();
  await until(async () => (await hostState(id)) === 'Up', 'Up');
  await zone.api.one('updateConfiguration', { name: 'ping.interval', value: '60' });
});
