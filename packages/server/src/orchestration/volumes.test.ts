import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { makePerson } from '../accounts/testing.ts';
import type { Values } from '../http/testing.ts';
import { client } from './testing/client.ts';
import { until } from './testing/until.ts';
import { type TestHost, type TestZone, withZone } from './testing/zone.ts';

let zone: TestZone;
let one: TestHost;
let api: TestZone['api'];
let small: string;
let custom: string;
before(async () => {
  zone = await withZone();
  api = zone.api;
  one = await zone.addHost({ memoryBytes: 64 * 2 ** 30, cpus: 64 });
  small = (await api.list('listDiskOfferings', { name: 'Small' }))[0]!.id!;
  custom = (await api.list('listDiskOfferings', { name: 'Custom' }))[0]!.id!;
});

let names = 0;
const gib = 2 ** 30;
const ok = <T extends { status: number; errortext: string | undefined }>(ended: T): T => {
  assert.equal(ended.status, 1, ended.errortext);
  return ended;
};
const deploy = async (more: Values = {}, who = api) => {
  const base = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId };
  return ok(await who.job('deployVirtualMachine', { ...base, name: `vm${++names}`, ...more })).made;
};
const create = async (more: Values = {}, who = api) =>
  ok(await who.job('createVolume', { name: `data${++names}`, zoneid: zone.zoneId, diskofferingid: small, ...more })).made;
const attach = (id: string, virtualmachineid: string, more: Values = {}) =>
  api.job('attachVolume', { id, virtualmachineid, ...more });
const shown = async (id: string, who = api) => (await who.list('listVolumes', { id, listall: true }))[0]!;
const isGone = async (id: string, who = api) =>
  assert.match(await who.refusal('listVolumes', { id }), /There is no volume of that id/);
const has = (host: TestHost, machine: string, volume: string) =>
  [...(host.host.disks.get(machine) ?? [])].some((path) => path.includes(volume));

test('a volume lies nowhere until it is attached; then it is in the guest that runs, and moves on to another', async () => {
  const made = await create({ name: 'first' });
  assert.deepEqual(
    [made.state, made.type, made.size, made.storageid, made.virtualmachineid, made.diskofferingname, made.storagetype],
    ['Allocated', 'DATADISK', 5 * gib, undefined, undefined, 'Small', 'local'],
  );
  const [a, b] = [await deploy(), await deploy()];
  const id = made.id!;
  const attached = ok(await attach(id, a.id!)).made;
  assert.deepEqual(
    [attached.state, attached.deviceid, attached.virtualmachineid, attached.storageid, attached.hypervisor, attached.jobid],
    ['Ready', 1, a.id, one.poolId, 'KVM', undefined],
  );
  assert.ok(attached.attached && has(one, a.id!, id));
  assert.match(await api.refusal('attachVolume', { id, virtualmachineid: b.id! }), /first is attached to vm\d+; detach it first/);
  assert.match(await api.refusal('deleteVolume', { id }), /is attached to vm\d+; detach it first/);
  const detached = ok(await api.job('detachVolume', { id })).made;
  assert.deepEqual([detached.state, detached.deviceid, detached.virtualmachineid], ['Ready', undefined, undefined]);
  assert.ok(!has(one, a.id!, id) && one.host.volumes.has(id));
  ok(await attach(id, b.id!, { deviceid: 7 }));
  assert.equal((await shown(id)).deviceid, 7);
  ok(await api.job('detachVolume', { virtualmachineid: b.id!, deviceid: 7 }));
  assert.equal((await api.one('deleteVolume', { id })).success, true);
  await isGone(id);
  await until(() => !one.host.volumes.has(id), 'the end of its file');
  const events = await api.list('listEvents', { keyword: id });
  for (const type of ['VOLUME.CREATE', 'VOLUME.ATTACH', 'VOLUME.DETACH', 'VOLUME.DELETE'])
    assert.ok(
      events.some((e) => e.type === type && e.level === 'INFO'),
      type,
    );
});

test('a machine that is down, or never ran, has the volume at its next start, and keeps it through all that follows', async () => {
  for (const startvm of [true, false]) {
    const vm = await deploy({ startvm });
    const id = vm.id!;
    if (startvm) ok(await api.job('stopVirtualMachine', { id }));
    const volume = ok(await api.job('createVolume', { diskofferingid: custom, size: 2, virtualmachineid: id })).made;
    assert.deepEqual([volume.virtualmachineid, volume.state, volume.size], [id, startvm ? 'Ready' : 'Allocated', 2 * gib]);
    for (const command of ['startVirtualMachine', 'rebootVirtualMachine', 'stopVirtualMachine', 'startVirtualMachine'] as const) {
      ok(await api.job(command, { id }));
      assert.ok(has(one, id, volume.id!), command);
    }
    assert.equal((await shown(volume.id!)).state, 'Ready');
  }
});

test('a machine is deployed with a data disk, and leaves it behind, whole, when it is expunged', async () => {
  const vm = await deploy({ diskofferingid: custom, size: 3 });
  const disks = (await api.list('listVolumes', { virtualmachineid: vm.id! })).toSorted((a, b) => a.deviceid! - b.deviceid!);
  assert.deepEqual(
    disks.map(({ type, deviceid, size, state }) => [type, deviceid, size, state]),
    [
      ['ROOT', 0, gib, 'Ready'],
      ['DATADISK', 1, 3 * gib, 'Ready'],
    ],
  );
  const id = disks[1]!.id!;
  assert.ok(has(one, vm.id!, id));
  ok(await api.job('destroyVirtualMachine', { id: vm.id!, expunge: true }));
  const left = await shown(id);
  assert.deepEqual([left.state, left.virtualmachineid, left.deviceid], ['Ready', undefined, undefined]);
  assert.ok(one.host.volumes.has(id) && !one.host.volumes.has(disks[0]!.id!));
  ok(await attach(id, (await deploy()).id!));
});

test('places: the first free one without 3, the one wished for, never one twice, and no more than there are', async () => {
  const vm = await deploy({ name: 'full', startvm: false });
  const volumes = await Promise.all(Array.from({ length: 24 }, () => create()));
  for (const [wish, why] of [
    [0, /deviceid is 0, but data disks have the places 1, 2 and 4 to 24/],
    [3, /3 a CD’s/],
    [25, /places 1, 2 and 4 to 24/],
  ] as const)
    assert.match(await api.refusal('attachVolume', { id: volumes[0]!.id!, virtualmachineid: vm.id!, deviceid: wish }), why);
  ok(await attach(volumes[0]!.id!, vm.id!, { deviceid: 2 }));
  const taken = await api.refusal('attachVolume', { id: volumes[1]!.id!, virtualmachineid: vm.id!, deviceid: 2 });
  assert.match(taken, /Place 2 of full is taken/);
  await Promise.all(volumes.slice(1, 23).map(async ({ id }) => ok(await attach(id!, vm.id!))));
  const places = (await api.list('listVolumes', { virtualmachineid: vm.id! })).map(({ deviceid }) => deviceid!);
  assert.deepEqual(
    places.toSorted((a, b) => a - b),
    Array.from({ length: 25 }, (_, n) => n).filter((n) => n !== 3),
  );
  assert.match(
    await api.refusal('attachVolume', { id: volumes[23]!.id!, virtualmachineid: vm.id! }),
    /full has 23 data disks, which is as many as it can have/,
  );
});

test('of ten machines that ask for one volume at the same moment exactly one gets it', async () => {
  const { id } = await create();
  const machines = await Promise.all(Array.from({ length: 10 }, () => deploy({ startvm: false })));
  const asked = await Promise.allSettled(machines.map((vm) => attach(id!, vm.id!)));
  assert.equal(asked.filter((a) => a.status === 'fulfilled' && a.value.status === 1).length, 1);
  for (const a of asked) if (a.status === 'rejected') assert.match(String(a.reason), /attach/);
  assert.ok((await shown(id!)).virtualmachineid);
});

test('a guest that does not let go keeps its volume, and the reason is told', async () => {
  const vm = await deploy();
  const { id } = await create();
  ok(await attach(id!, vm.id!));
  const path = (await shown(id!)).path!;
  one.host.held.add(path);
  const { status, errorcode, errortext } = await api.job('detachVolume', { id: id! });
  assert.deepEqual([status, errorcode], [2, 536]);
  assert.match(errortext!, /has not let go/);
  assert.equal((await shown(id!)).virtualmachineid, vm.id);
  assert.ok(has(one, vm.id!, id!));
  ok(await api.job('stopVirtualMachine', { id: vm.id! }));
  ok(await api.job('detachVolume', { id: id! }));
  assert.ok(!has(one, vm.id!, id!));
});

test('a volume that a guest got and does not let go of is its own, although the attachment failed', async () => {
  const vm = await deploy();
  const { id } = await create();
  const { PeerError } = await import('@virtstack/protocol');
  one.host.held.add(`/pool/volumes/${id}.qcow2`);
  one.host.failures.push({ method: 'guest/attach-disk', when: 'after', error: new PeerError('libvirt', 'it broke') });
  assert.equal((await attach(id!, vm.id!)).status, 2);
  const volume = await shown(id!);
  assert.deepEqual([volume.state, volume.virtualmachineid], ['Ready', vm.id]);
  assert.ok(has(one, vm.id!, id!) && one.host.volumes.has(id!));
});

test('a volume for which there is no room is refused with the numbers, and stays as it was', async () => {
  const vm = await deploy({ name: 'roomy' });
  // A pool gives twice its size, of which 85 % are promised.
  ok(await attach((await create({ diskofferingid: custom, size: 1000 })).id!, vm.id!));
  const { id } = await create({ name: 'huge', diskofferingid: custom, size: 1000 });
  const { errorcode, errortext } = await attach(id!, vm.id!);
  assert.equal(errorcode, 533);
  assert.match(
    errortext!,
    /Volume huge needs 1000\.0 GiB of local storage for roomy; host host-\w+: pool pool-\S+ has \d+\.\d GiB to give/,
  );
  const volume = await shown(id!);
  assert.deepEqual([volume.state, volume.virtualmachineid, volume.storageid], ['Allocated', undefined, undefined]);
});

test('what cannot be made or attached is refused at once, with the reason', async () => {
  const made = (values: Values) => api.refusal('createVolume', { name: 'x', zoneid: zone.zoneId, ...values });
  assert.match(await made({}), /diskofferingid is missing/);
  assert.match(await api.refusal('createVolume', { name: 'x', diskofferingid: small }), /zoneid is missing/);
  assert.match(await made({ diskofferingid: custom }), /Custom lets you choose the size: give size, 1 to 1024 GiB/);
  assert.match(await made({ diskofferingid: custom, size: 2000 }), /1 to 1024 GiB, not 2000/);
  assert.match(await made({ diskofferingid: small, size: 6 }), /Small has 5 GiB/);
  const snapshotid = '11111111-2222-4333-8444-555555555555';
  assert.match(await made({ diskofferingid: small, snapshotid }), /snapshots/);
  const vm = await deploy({ startvm: false });
  const root = (await api.list('listVolumes', { virtualmachineid: vm.id! }))[0]!.id!;
  assert.match(await api.refusal('attachVolume', { id: root, virtualmachineid: vm.id! }), /is a root disk/);
  assert.match(await api.refusal('detachVolume', { id: root }), /is the root disk of vm\d+, which cannot be detached/);
  assert.match(await api.refusal('deleteVolume', { id: root }), /is a root disk/);
  assert.match(await api.refusal('detachVolume', { virtualmachineid: vm.id! }), /Give id, or virtualmachineid and deviceid/);
  assert.match(await api.refusal('detachVolume', { virtualmachineid: vm.id!, deviceid: 5 }), /has no such volume/);
  const { id } = await create();
  assert.match(await api.refusal('detachVolume', { id: id! }), /attached to no virtual machine/);
  ok(await api.job('destroyVirtualMachine', { id: vm.id! }));
  assert.match(
    await api.refusal('attachVolume', { id: id!, virtualmachineid: vm.id! }),
    /is Destroyed; only one that is Running or Stopped/,
  );
});

test('a volume is renamed, destroyed, recovered, and expunged when its time has come', async () => {
  const { id } = await create({ name: 'old' });
  assert.equal(ok(await api.job('updateVolume', { id: id!, name: 'new' })).made.name, 'new');
  assert.match(await api.refusal('updateVolume', { name: 'x' }), /id is missing/);
  assert.match(await api.refusal('recoverVolume', { id: id! }), /new is Allocated; only one that is destroyed/);
  assert.equal(ok(await api.job('destroyVolume', { id: id! })).made.state, 'Destroy');
  const vm = await deploy();
  assert.match(await api.refusal('attachVolume', { id: id!, virtualmachineid: vm.id! }), /is destroyed; recover it first/);
  assert.equal((await api.one('recoverVolume', { id: id! })).state, 'Allocated');
  ok(await attach(id!, vm.id!));
  ok(await api.job('detachVolume', { id: id! }));
  ok(await api.job('destroyVolume', { id: id! }));
  const { expungeDue } = await import('./expunge-loop.ts');
  await expungeDue(zone.server.cloud);
  assert.equal((await shown(id!)).state, 'Destroy');
  await api.one('updateConfiguration', { name: 'expunge.delay', value: '0' });
  await expungeDue(zone.server.cloud);
  await api.one('updateConfiguration', { name: 'expunge.delay', value: '86400' });
  await isGone(id!);
  await until(() => !one.host.volumes.has(id!), 'the end of its file');
  const other = await create();
  ok(await api.job('destroyVolume', { id: other.id!, expunge: true }));
  await isGone(other.id!);
});

test('nobody else sees a volume or lays hands on it, and it goes to no machine of another account', async () => {
  const { db, secrets } = zone.server.cloud;
  const [eve, bob] = [await makePerson(db, secrets, 'eve'), await makePerson(db, secrets, 'bob')].map((p) =>
    client(zone.server, p),
  );
  const mine = await create({}, eve!);
  assert.deepEqual([mine.account, mine.storageid], ['eve', undefined]);
  const machine = await deploy({}, eve!);
  const his = await deploy({}, bob!);
  const id = mine.id!;
  await isGone(id, bob!);
  for (const [command, values] of [
    ['attachVolume', { id, virtualmachineid: his.id! }],
    ['detachVolume', { id }],
    ['updateVolume', { id, name: 'bobs' }],
    ['deleteVolume', { id }],
    ['destroyVolume', { id }],
    ['recoverVolume', { id }],
  ] as const)
    assert.match(await bob!.refusal(command, values), /not yours to see/, command);
  assert.match(await bob!.refusal('createVolume', { diskofferingid: small, virtualmachineid: machine.id! }), /not yours to see/);
  assert.match(await api.refusal('attachVolume', { id, virtualmachineid: his.id! }), /belong to different accounts/);
  ok(await eve!.job('attachVolume', { id, virtualmachineid: machine.id! }));
  assert.match(await bob!.refusal('detachVolume', { virtualmachineid: machine.id!, deviceid: 1 }), /not yours to see/);
  const forHer = ok(await api.job('createVolume', { diskofferingid: small, virtualmachineid: machine.id! })).made;
  assert.equal(forHer.account, 'eve');
});

test('a machine starts where all its volumes can be reached; what cannot be is refused, to users without names', async () => {
  const place = await withZone();
  const [a, b] = [await place.addHost(), await place.addHost({ memoryBytes: 64 * gib })];
  const { api, zoneId, podId, clusterId } = place;
  const shared = { name: 'shared', zoneid: zoneId, podid: podId, clusterid: clusterId, scope: 'CLUSTER' };
  await api.one('createStoragePool', { ...shared, url: 'sharedmountpoint:///srv/shared' });
  const size = { cpunumber: 1, cpuspeed: 100, memory: 128, storagetype: 'shared' };
  const offering = await api.one('createServiceOffering', { name: 'shared', displaytext: 'shared', ...size });
  const base = { zoneid: zoneId, templateid: place.templateId };
  const deploy = async (name: string, more: Values) => ok(await api.job('deployVirtualMachine', { ...base, name, ...more })).made;
  const [local] = await api.list('listDiskOfferings', { name: 'Small' });

  const onA = await deploy('on-a', { serviceofferingid: place.offeringId, hostid: a.id });
  const { id } = ok(await api.job('createVolume', { name: 'at-a', diskofferingid: local!.id!, virtualmachineid: onA.id! })).made;
  ok(await api.job('detachVolume', { id: id! }));
  assert.equal((await shown(id!, api)).storageid, a.poolId);

  const roams = await deploy('roams', { serviceofferingid: offering.id!, hostid: b.id });
  const asked = { id: id!, virtualmachineid: roams.id! };
  const words = await api.refusal('attachVolume', asked);
  const [nameA, nameB] = [a, b].map(({ host }) => host.facts.hostname);
  assert.match(words, new RegExp(`at-a lies on the local pool pool-\\S+ of host ${nameA}, but roams belongs to host ${nameB}`));
  ok(await api.job('stopVirtualMachine', { id: roams.id! }));
  // What lies on shared storage both hosts have.
  for (const [volume, bytes] of b.host.volumes) a.host.volumes.set(volume, bytes);
  ok(await api.job('attachVolume', asked));
  assert.equal(ok(await api.job('startVirtualMachine', { id: roams.id! })).made.hostid, a.id);
  assert.ok(has(a, roams.id!, id!));

  const onB = await deploy('on-b', { serviceofferingid: place.offeringId, hostid: b.id });
  ok(await api.job('detachVolume', { id: id! }));
  ok(await api.job('stopVirtualMachine', { id: onB.id! }));
  assert.match(await api.refusal('attachVolume', { id: id!, virtualmachineid: onB.id! }), /copy what is on it to a new volume/);
});

test('a host that is away forgets a detached volume before it is Up again', async () => {
  const place = await withZone();
  const { id: hostId, host } = await place.addHost();
  const { api } = place;
  const base = { zoneid: place.zoneId, serviceofferingid: place.offeringId, templateid: place.templateId, name: 'down' };
  const vm = ok(await api.job('deployVirtualMachine', base)).made;
  const [offering] = await api.list('listDiskOfferings', { name: 'Small' });
  const volume = ok(await api.job('createVolume', { diskofferingid: offering!.id!, virtualmachineid: vm.id! })).made;
  ok(await api.job('stopVirtualMachine', { id: vm.id! }));
  await host.disconnect();
  const gone = async () => (await api.list('listHosts', { id: hostId }))[0]!.state !== 'Up';
  await until(gone, 'the loss');
  ok(await api.job('detachVolume', { id: volume.id! }));
  assert.ok(has({ id: hostId, host, poolId: '' }, vm.id!, volume.id!), 'it is away');
  await host.connect();
  await until(async () => !(await gone()), 'its return');
  assert.ok(!has({ id: hostId, host, poolId: '' }, vm.id!, volume.id!));
});

test('a volume that was made for one hypervisor goes to no machine of another', async () => {
  const { id } = await create({ name: 'foreign' });
  const { db } = zone.server.cloud;
  await db.updateTable('volume').set({ hypervisor: 'XEN', path: '/x', state: 'Ready' }).where('id', '=', id!).execute();
  const vm = await deploy({ name: 'native' });
  assert.match(await api.refusal('attachVolume', { id: id!, virtualmachineid: vm.id! }), /made for XEN, but native runs on KVM/);
});
