import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Values } from '../http/testing.ts';
import type { FakeHost } from './testing/fake-host.ts';
import { ok, type SharedZone, withSharedZone } from './testing/shared-zone.ts';
import { until } from './testing/until.ts';
import type { TestHost } from './testing/zone.ts';

let zone: SharedZone;
let api: SharedZone['api'];
let one: TestHost;
let two: TestHost;
let pool: string;
let offering: string;
before(async () => {
  zone = await withSharedZone();
  ({ api, one, two, pool, offering } = zone);
});

let names = 0;
const asked = (more: Values = {}) =>
  api.job('deployVirtualMachine', {
    ...{ zoneid: zone.zoneId, serviceofferingid: offering, templateid: zone.templateId, name: `vm${++names}`, ...more },
  });
const deploy = async (more: Values = {}) => ok(await asked(more)).made;
const volumeOf = async (machine: string) => (await api.list('listVolumes', { virtualmachineid: machine }))[0]!;
const isUp = async ({ id }: TestHost) => (await api.list('listHosts', { id }))[0]!.state === 'Up';
const diskOf = ({ host }: TestHost, machine: string) => [...host.disks.get(machine)!][0];

test('a machine on shared storage starts again on another host, from the same file, when its former host has forgotten it', async () => {
  const vm = await deploy({ hostid: one.id });
  const id = vm.id!;
  const volume = await volumeOf(id);
  assert.deepEqual([volume.storageid, volume.storagetype], [pool, 'shared']);
  const path = diskOf(one, id);
  assert.equal(path, `/var/lib/virtstack/mnt/${pool}/volumes/${volume.id}.qcow2`);
  ok(await api.job('stopVirtualMachine', { id }));
  assert.ok(one.host.guests.has(id), 'its definition stays where it ran');
  const order: string[] = [];
  for (const { host } of [one, two])
    host.gate = async (method) => void order.push(`${host === one.host ? 'one' : 'two'} ${method}`);
  assert.equal(ok(await api.job('startVirtualMachine', { id, hostid: two.id })).made.hostid, two.id);
  for (const { host } of [one, two]) host.gate = undefined;
  assert.ok(
    order.indexOf('one guest/remove') < order.indexOf('two guest/start') && order.includes('one guest/remove'),
    order.join(),
  );
  assert.ok(!one.host.guests.has(id));
  assert.equal(diskOf(two, id), path);
  ok(await api.job('destroyVirtualMachine', { id, expunge: true }));
  assert.ok(!one.host.volumes.has(volume.id!));
});

test('a machine that virsh started on another host leaves no definition where it ran before', async () => {
  const vm = await deploy({ hostid: one.id });
  const id = vm.id!;
  ok(await api.job('stopVirtualMachine', { id }));
  assert.ok(one.host.guests.has(id));
  two.host.guests.set(id, { ...one.host.guests.get(id)! });
  two.host.virsh(id, 'running');
  await until(async () => (await api.list('listVirtualMachines', { id }))[0]!.hostid === two.id, 'what virsh did');
  await until(async () => !one.host.guests.has(id), 'the former host to forget it');
  ok(await api.job('destroyVirtualMachine', { id, expunge: true }));
  assert.ok(!two.host.guests.has(id));
});

test('local and shared offerings get what they say, and tags choose among pools', async () => {
  const local = await deploy({ serviceofferingid: zone.offeringId, hostid: two.id });
  assert.equal((await volumeOf(local.id!)).storageid, two.poolId);
  const cluster = { zoneid: zone.zoneId, podid: zone.podId, clusterid: zone.clusterId };
  const fast = await api.one('createStoragePool', { ...cluster, name: 'fast', url: 'nfs://10.0.0.1/fast', tags: 'ssd' });
  const size = { cpunumber: 1, cpuspeed: 100, memory: 128 };
  const tagged = await api.one('createServiceOffering', { name: 'tagged', ...size, storagetype: 'shared', tags: 'ssd' });
  const vm = await deploy({ serviceofferingid: tagged.id! });
  assert.equal((await volumeOf(vm.id!)).storageid, fast.id);
  await api.one('updateStoragePool', { id: fast.id!, enabled: false });
  assert.match(
    (await asked({ serviceofferingid: tagged.id! })).errortext!,
    /has no shared storage pool that is Up with the tags ssd/,
  );
  ok(await api.job('rebootVirtualMachine', { id: vm.id! }));
});

test('one job at a time brings an image onto a pool that hosts share', async () => {
  const image = { url: 'https://images.example/u.qcow2', format: 'QCOW2', hypervisor: 'KVM', ispublic: true };
  const [template] = await api.list('registerTemplate', { name: 'u', ...image, zoneid: zone.zoneId });
  const templateid = template!.id!;
  await until(
    async () => (await api.list('listTemplates', { templatefilter: 'all', id: templateid }))[0]?.isready,
    'the template',
  );
  const { db } = zone.server.cloud;
  const atDisks = async () =>
    (
      await db
        .selectFrom('job_step as s')
        .innerJoin('job as j', 'j.id', 's.job_id')
        .select('j.id')
        .distinct()
        .where('j.status', '=', 0)
        .where('s.name', '=', 'disks-and-networks')
        .execute()
    ).length;
  let [now, most] = [0, 0];
  let first = true;
  const counted = async (method: string): Promise<void> => {
    if (method !== 'image/fetch') return;
    most = Math.max(most, ++now);
    // The first goes on when the others have come as far as it, and could have begun.
    if (first) {
      first = false;
      await until(async () => (await atDisks()) === 4, 'the other jobs');
      for (let turn = 0; turn < 5; turn++) await isUp(one);
    }
    now--;
  };
  for (const { host } of [one, two]) host.gate = counted;
  const ended = await Promise.all([one, two, one, two].map(({ id }) => asked({ templateid, hostid: id })));
  for (const { host } of [one, two]) host.gate = undefined;
  ended.forEach(ok);
  assert.equal(most, 1);
  assert.deepEqual(await db.selectFrom('image_fetch').selectAll().execute(), []);
});

test('a host that has lost a pool gets no guest of it, and the refusal says why; another does', async () => {
  const tell = async ({ id, host }: TestHost, lost: string | undefined) => {
    host.lost = lost;
    host.tell(host.report());
    const said = async () =>
      (
        await zone.server.cloud.db
          .selectFrom('pool_host')
          .select('problem')
          .where('host_id', '=', id)
          .where('storage_pool_id', '=', pool)
          .executeTakeFirst()
      )?.problem;
    await until(async () => (await said()) === (lost ?? null), 'its word');
  };
  await tell(one, 'the server does not answer');
  assert.equal((await deploy()).hostid, two.id);
  const refused = await asked({ hostid: one.id });
  assert.equal(refused.errorcode, 533);
  assert.match(refused.errortext!, /host host-\w+ has lost the pool nfs \(the server does not answer\)/);
  const vm = await deploy({ hostid: two.id });
  ok(await api.job('stopVirtualMachine', { id: vm.id! }));
  const elsewhere = await api.job('startVirtualMachine', { id: vm.id!, hostid: one.id });
  assert.match(elsewhere.errortext!, /has lost the pool nfs \(.*\), on which volume ROOT-\S+ lies/);
  await tell(one, undefined);
  assert.equal(ok(await api.job('startVirtualMachine', { id: vm.id!, hostid: one.id })).made.hostid, one.id);
});

test('a file that a host could not remove while its storage was away goes when that is back', async () => {
  const { PeerError } = await import('@virtstack/protocol');
  const vm = await deploy({ hostid: one.id });
  const { id } = await volumeOf(vm.id!);
  const away = (host: FakeHost) =>
    [1, 2].forEach(
      () =>
        void host.failures.push({ method: 'volume/delete', when: 'before', error: new PeerError('storage-away', 'no answer') }),
    );
  away(one.host);
  away(two.host);
  ok(await api.job('destroyVirtualMachine', { id: vm.id!, expunge: true }));
  assert.ok(one.host.volumes.has(id!));
  for (const { host } of [one, two]) {
    host.failures.length = 0;
    host.lost = 'no answer';
    host.tell(host.report());
    host.lost = undefined;
    host.tell(host.report());
  }
  await until(() => !one.host.volumes.has(id!), 'the end of the file');
});

test('a machine of which nobody knows whether it runs is started nowhere else until its host can be asked', async () => {
  const vm = await deploy({ name: 'unsure', hostid: two.id });
  const id = vm.id!;
  ok(await api.job('stopVirtualMachine', { id }));
  // The guest starts, and then nothing more is heard of its host.
  one.host.gate = async (method) => {
    if (method === 'guest/start') {
      one.host.guests.set(id, { name: 'unsure', state: 'running', ours: true });
      await one.host.disconnect();
    }
  };
  const started = await api.job('startVirtualMachine', { id, hostid: one.id });
  one.host.gate = undefined;
  assert.equal(started.status, 2);
  await until(async () => !(await isUp(one)), 'the loss');
  const { errorcode, errortext } = await api.job('startVirtualMachine', { id, hostid: two.id });
  assert.equal(errorcode, 534);
  assert.match(errortext!, /unsure may still run on host host-\w+, which is (Disconnected|Alert) and cannot be asked/);
  assert.ok(!two.host.guests.has(id) || two.host.guests.get(id)!.state !== 'running');
  await one.host.connect();
  await until(() => isUp(one), 'its return');
  assert.equal(ok(await api.job('startVirtualMachine', { id, hostid: two.id })).made.hostid, two.id);
  assert.ok(!one.host.guests.has(id), 'it runs twice');
});

test('a machine that was stopped starts elsewhere although its host is away, which forgets it before it is Up again', async () => {
  const vm = await deploy({ hostid: one.id });
  const id = vm.id!;
  ok(await api.job('stopVirtualMachine', { id }));
  await one.host.disconnect();
  await until(async () => !(await isUp(one)), 'the loss');
  assert.equal(ok(await api.job('startVirtualMachine', { id, hostid: two.id })).made.hostid, two.id);
  assert.ok(one.host.guests.has(id), 'it is away');
  await one.host.connect();
  await until(() => isUp(one), 'its return');
  assert.ok(!one.host.guests.has(id));
  assert.equal(two.host.guests.get(id)!.state, 'running');
});
