import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { PeerError, type UnmanagedGuest } from '@virtstack/protocol';
import { makePerson } from '../accounts/testing.ts';
import type { Values } from '../http/testing.ts';
import { importInstance } from './import-instance.ts';
import { client } from './testing/client.ts';
import { testSaga } from './testing/test-saga.ts';
import { until } from './testing/until.ts';
import { type TestHost, type TestZone, withZone } from './testing/zone.ts';
import { unmanageVirtualMachine } from './unmanage-virtual-machine.ts';

let zone: TestZone;
let one: TestHost;
let api: TestZone['api'];
before(async () => {
  zone = await withZone();
  api = zone.api;
  one = await zone.addHost({ memoryBytes: 64 * 2 ** 30, cpus: 64 });
});

let count = 0;
type Shape = Partial<UnmanagedGuest>;
const disk = (source: string, target = 'vda', more: Partial<UnmanagedGuest['disks'][number]> = {}) => ({
  ...{ target, device: 'disk', type: 'file', bus: 'virtio', source, format: 'raw', capacityBytes: 2 ** 30, backing: [] },
  ...{ readOnly: false, ...more },
});
const nic = (more: Partial<UnmanagedGuest['nics'][number]> = {}) => ({
  ...{ mac: `52:54:00:01:02:${(0x10 + ++count).toString(16)}`, type: 'bridge', model: 'virtio', bridge: 'br0', ...more },
});
/** A domain on the host, as its agent tells of it. */
const domain = (more: Shape = {}, host = one): UnmanagedGuest => {
  const name = `old-${++count}`;
  const guest: UnmanagedGuest = {
    ...{ uuid: randomUUID(), name, state: 'running', vcpus: 1, memoryKiB: 512 * 1024, firmware: 'bios', graphics: [] },
    ...{ disks: [disk(`/pool/${name}.img`)], nics: [nic()], autostart: false, snapshots: false, obstacles: [], ...more },
  };
  host.host.addForeign(guest);
  return guest;
};
const wish = ({ name }: UnmanagedGuest, more: Values = {}): Values => ({
  ...{ clusterid: zone.clusterId, name, serviceofferingid: zone.offeringId, ...more },
});
const ok = <T extends { status: number; errortext: string | undefined }>(ended: T): T => {
  assert.equal(ended.status, 1, ended.errortext);
  return ended;
};
const take = async (guest: UnmanagedGuest, more: Values = {}) =>
  ok(await api.job('importUnmanagedInstance', wish(guest, more))).made;
const refusal = (guest: UnmanagedGuest, more: Values = {}) => api.refusal('importUnmanagedInstance', wish(guest, more));
const machine = async (id: string) => (await api.list('listVirtualMachines', { id }))[0]!;
const unmanagedNames = async () =>
  (await api.list('listUnmanagedInstances', { clusterid: zone.clusterId })).map(({ name }) => name);

test('a domain that the cloud did not make is shown, with its disks, its interfaces and the storage in which they lie', async () => {
  const guest = domain({ disks: [disk('/pool/a.img'), disk('/srv/b.img', 'vdb')], nics: [nic({ address: '10.1.0.77' })] });
  const [shown, ...more] = await api.list('listUnmanagedInstances', { clusterid: zone.clusterId, name: guest.name });
  assert.equal(more.length, 0);
  const { disk: disks, nic: nics, hostname, ...rest } = shown!;
  assert.deepEqual(rest, {
    ...{ name: guest.name, clusterid: zone.clusterId, clustername: 'c', hostid: one.id, hypervisor: 'KVM' },
    ...{ hypervisorversion: '7.2.0', powerstate: 'PowerOn', cpunumber: 1, memory: 512, boottype: 'BIOS' },
  });
  assert.deepEqual(
    disks!.map(({ id, label, imagepath, datastorename, datastorepath }) => [id, label, imagepath, datastorename, datastorepath]),
    [
      ['0', 'vda', '/pool/a.img', `pool-${one.id}`, '/pool'],
      ['1', 'vdb', '/srv/b.img', undefined, '/srv'],
    ],
  );
  assert.deepEqual(nics, [
    {
      ...{ id: '0', macaddress: guest.nics[0]!.mac, adaptertype: 'virtio', networkid: '', networkname: 'br0' },
      ipaddress: '10.1.0.77',
      isdefault: true,
    },
  ]);
  assert.equal(hostname, one.host.facts.hostname);
});

test('a domain that runs becomes a machine that runs, with its uuid, its name, its MAC and its address, and comes back as it was', async () => {
  const guest = domain({ nics: [nic({ address: '10.1.0.50' })], disks: [disk('/pool/x.img'), disk('/pool/y.img', 'vdb')] });
  const made = await take(guest, { displayname: 'web', hostname: 'web' });
  assert.deepEqual(
    [made.id, made.instancename, made.name, made.displayname, made.state, made.hostid, made.cpunumber, made.memory],
    [guest.uuid, guest.name, 'web', 'web', 'Running', one.id, 1, 512],
  );
  assert.deepEqual(
    made.nic!.map(({ macaddress, ipaddress, networkid }) => [macaddress, ipaddress, networkid]),
    [[guest.nics[0]!.mac, '10.1.0.50', zone.networkId]],
  );
  const volumes = await api.list('listVolumes', { virtualmachineid: guest.uuid });
  assert.deepEqual(
    volumes.map(({ type, deviceid, path, state, storageid }) => [type, deviceid, path, state, storageid]).toSorted(),
    [
      ['DATADISK', 1, '/pool/y.img', 'Ready', one.poolId],
      ['ROOT', 0, '/pool/x.img', 'Ready', one.poolId],
    ],
  );
  assert.ok(!(await unmanagedNames()).includes(guest.name));
  assert.ok(one.host.networks.get(zone.networkId)?.leases.some(({ mac }) => mac === guest.nics[0]!.mac));

  const before = await usage();
  const { made: back } = ok(await api.job('unmanageVirtualMachine', { id: guest.uuid }));
  assert.deepEqual([back.success, back.hostid], [true, one.id]);
  assert.deepEqual({ ...(await usage()) }, { vms: before.vms - 1, volumes: before.volumes - 2 });
  assert.match(await api.refusal('listVirtualMachines', { id: guest.uuid }), /There is no virtualmachine of that id/);
  assert.ok((await unmanagedNames()).includes(guest.name));
  assert.equal(one.host.guests.get(guest.uuid)?.state, 'running');
  assert.ok(!one.host.networks.get(zone.networkId)?.leases.some(({ mac }) => mac === guest.nics[0]!.mac));
  assert.equal((await take(guest)).id, guest.uuid, 'it can be taken in again');
});
const usage = async () => {
  const { db } = zone.server.cloud;
  const { vms, volumes } = await db
    .selectFrom('account_usage')
    .select(['user_vm as vms', 'volume as volumes'])
    .orderBy('user_vm', 'desc')
    .executeTakeFirstOrThrow();
  return { vms, volumes };
};

test('a domain that is shut off becomes a stopped machine, which starts on the host that has its definition, from that definition', async () => {
  const two = await zone.addHost({ memoryBytes: 64 * 2 ** 30, cpus: 64 });
  const guest = domain({ state: 'shutoff' });
  assert.equal((await take(guest)).state, 'Stopped');
  one.host.calls.length = 0;
  const elsewhere = await api.job('startVirtualMachine', { id: guest.uuid, hostid: two.id });
  assert.match(elsewhere.errortext!, /does not have the definition of this machine, which was imported/);
  const { made } = ok(await api.job('startVirtualMachine', { id: guest.uuid }));
  assert.deepEqual([made.state, made.hostid], ['Running', one.id]);
  assert.ok(one.host.calls.includes('guest/start-adopted'));
  assert.ok(!one.host.calls.includes('guest/start'));
});

test('a start that fails takes the power, and never the definition', async () => {
  const guest = domain({ state: 'shutoff' });
  await take(guest);
  one.host.failures.push({ method: 'guest/start-adopted', when: 'after', error: new PeerError('libvirt', 'no') });
  assert.equal((await api.job('startVirtualMachine', { id: guest.uuid })).status, 2);
  assert.deepEqual([one.host.guests.get(guest.uuid)?.state, (await machine(guest.uuid)).state], ['shutoff', 'Stopped']);
});

test('an imported machine that is expunged goes with its definition and the file of its root disk', async () => {
  const guest = domain({ disks: [disk('/pool/gone.img'), disk('/pool/kept.img', 'vdb')] });
  await take(guest);
  const data = (await api.list('listVolumes', { virtualmachineid: guest.uuid, type: 'DATADISK' }))[0]!;
  ok(await api.job('destroyVirtualMachine', { id: guest.uuid, expunge: true }));
  assert.ok(!one.host.guests.has(guest.uuid));
  assert.deepEqual(one.host.deletedFiles, ['/pool/gone.img']);
  assert.equal((await api.one('deleteVolume', { id: data.id! })).success, true);
  await until(() => one.host.deletedFiles.includes('/pool/kept.img'), 'the file of the data disk');
});

test('a machine that the cloud made is given back, and taken in again with the volume that it had', async () => {
  const base = {
    zoneid: zone.zoneId,
    serviceofferingid: zone.offeringId,
    templateid: zone.templateId,
    name: 'made',
    hostid: one.id,
  };
  const { made } = ok(await api.job('deployVirtualMachine', base));
  const root = (await api.list('listVolumes', { virtualmachineid: made.id! }))[0]!;
  ok(await api.job('unmanageVirtualMachine', { id: made.id! }));
  assert.deepEqual([one.host.guests.get(made.id!)?.ours, one.host.volumes.has(root.id!)], [false, true]);
  const file = `/pool/volumes/${root.id}.qcow2`;
  const again = { uuid: made.id!, name: made.instancename!, disks: [disk(file, 'vda', { format: 'qcow2' })] };
  assert.equal((await take(domain(again))).id, made.id);
  assert.equal((await api.list('listVolumes', { virtualmachineid: made.id! }))[0]!.id, root.id);
});

test('what does not fit is refused with what would, and leaves nothing behind', async () => {
  const guest = domain({ vcpus: 3 });
  assert.match(await refusal(guest), /has 3 CPUs and 512 MiB, .* None fits: create one of that size.*forced=true/);
  assert.match(await refusal(domain({ disks: [disk('/srv/z.img')] })), /lies in \/srv, .*createStoragePool .*url=file:\/\/\/srv/);
  assert.match(await refusal(domain({ nics: [nic({ bridge: 'br9' })] })), /is on the bridge br9\. No network of the zone/);
  const obstacles = ['It is transient: give it a definition.', 'It has no disk.'];
  assert.match(await refusal(domain({ obstacles })), /cannot be taken in\. It is transient: .* It has no disk\./);
  assert.match(await refusal({ ...guest, name: 'nobody' }), /No host of the cluster .* has a domain named nobody/);
  assert.match(await refusal(domain({ nics: [nic({ address: '192.0.2.200' })] })), /192\.0\.2\.200 is not within/);
  const rows = await zone.server.cloud.db.selectFrom('virtual_machine').select('id').where('id', '=', guest.uuid).execute();
  assert.deepEqual(rows, []);
  const forced = await take(guest, { forced: true });
  assert.deepEqual([forced.cpunumber, forced.memory], [3, 512]);
  assert.match(await refusal(domain({ name: guest.name })), /which is that of the virtual machine/);
});

test('each interface comes onto the network that is named for it, if that is on its bridge', async () => {
  const guest = domain({ nics: [nic(), nic()] });
  const list = (network: string): Values => ({ 'nicnetworklist[0].nic': '1', 'nicnetworklist[0].network': network });
  assert.match(await refusal(guest, list(randomUUID())), /There is no network .*These networks are on it: n \(/);
  const addresses = {
    'nicipaddresslist[0].nic': guest.nics[1]!.mac.toUpperCase(),
    'nicipaddresslist[0].ip4Address': '10.1.0.99',
  };
  const made = await take(guest, { ...list(zone.networkId), ...addresses });
  assert.equal(made.nic![1]!.ipaddress, '10.1.0.99');
});

test('an account gets no more by import than it may have', async () => {
  await makePerson(zone.server.cloud.db, zone.server.cloud.secrets, 'small');
  const [account] = await api.list('listAccounts', { name: 'small', listall: true });
  const whose = { account: 'small', domainid: account!.domainid! };
  await api.one('updateResourceLimit', { ...whose, resourcetype: 0, max: 0 });
  const guest = domain();
  assert.match(await refusal(guest, whose), /Maximum amount of resources of type 'user_vm'/);
  assert.ok((await unmanagedNames()).includes(guest.name));
  await api.one('updateResourceLimit', { ...whose, resourcetype: 0, max: 1 });
  assert.equal((await take(guest, whose)).account, 'small');
});

test('only an admin sees domains that are not managed, takes them in and gives machines back', async () => {
  const { db, secrets } = zone.server.cloud;
  const user = client(zone.server, await makePerson(db, secrets, 'curious'));
  for (const command of ['listUnmanagedInstances', 'importUnmanagedInstance', 'unmanageVirtualMachine'] as const)
    assert.match(await user.refusal(command, wish(domain(), { id: randomUUID() })), /does not exist, is not available/);
});

test('an agent that is older than the server is said to be so', async () => {
  one.host.failures.push({ method: 'guest/unmanaged', when: 'before', error: new PeerError('unknown-method', 'It is older.') });
  assert.match(await api.refusal('listUnmanagedInstances', { clusterid: zone.clusterId }), /older/);
});

test('whatever happens to a domain that is not managed, nothing is done to it, and nothing becomes of it', async () => {
  const guest = domain();
  const made = await take(domain());
  const known = await zone.server.cloud.db.selectFrom('virtual_machine').select(['id', 'state']).execute();
  one.host.calls.length = 0;
  for (const state of ['shutoff', 'running', 'paused', 'crashed', 'absent'] as const) one.host.virsh(guest.uuid, state);
  one.host.tell(one.host.report());
  // Its own guest's change is worked off after theirs.
  one.host.virsh(made.id!, 'shutoff');
  await until(async () => (await machine(made.id!)).state === 'Stopped', 'the machine is shown as Stopped');
  assert.deepEqual([...new Set(one.host.calls)], ['host/report']);
  const after = await zone.server.cloud.db.selectFrom('virtual_machine').select(['id', 'state']).execute();
  assert.deepEqual(
    after.filter(({ id }) => id !== made.id).toSorted(byId),
    known.filter(({ id }) => id !== made.id).toSorted(byId),
  );
});
const byId = (a: { id: string }, b: { id: string }): number => a.id.localeCompare(b.id);

/** A domain that was recorded by the command, and that its job has not yet taken in. */
async function recorded() {
  const { cloud } = zone.server;
  const guest = domain();
  await take(guest);
  one.host.guests.get(guest.uuid)!.ours = false;
  await cloud.db.updateTable('virtual_machine').set({ state: 'Stopped', host_id: null }).where('id', '=', guest.uuid).execute();
  return { cloud, state: { machineId: guest.uuid, hostId: one.id } };
}
const taken = async () => {
  const guest = domain();
  await take(guest);
  return { cloud: zone.server.cloud, state: { machineId: guest.uuid } };
};
const everythingOf = async ({ state: { machineId } }: { readonly state: { readonly machineId: string } }) => {
  const { db } = zone.server.cloud;
  const machines = await db.selectFrom('virtual_machine').select(['state', 'power_state']).where('id', '=', machineId).execute();
  const nics = await db.selectFrom('nic').select('id').where('virtual_machine_id', '=', machineId).execute();
  const volumes = await db.selectFrom('volume').select('state').where('virtual_machine_id', '=', machineId).execute();
  const { state, ours } = one.host.guests.get(machineId)!;
  return { machines, nics: nics.length, volumes, guest: { state, ours } };
};

test('an import that fails at any step leaves the domain as it was, and nothing in the cloud', async () => {
  const leaves = { machines: [], nics: 0, volumes: [], guest: { state: 'running', ours: false } };
  await testSaga(importInstance, { setup: recorded, snapshot: everythingOf, leaves });
});

test('a machine that could not be given back is the cloud’s as before; asked again, it is given back', async () => {
  await testSaga(unmanageVirtualMachine, { setup: taken, snapshot: everythingOf, forward: true });
  const { state } = await taken();
  const before = await everythingOf({ state });
  one.host.failures.push({ method: 'guest/release', when: 'after', error: new PeerError('libvirt', 'no') });
  assert.equal((await api.job('unmanageVirtualMachine', { id: state.machineId })).status, 2);
  assert.deepEqual(await everythingOf({ state }), before);
});

test('a machine whose definition is gone from its host is not given back, but can be forgotten', async () => {
  const guest = domain({ state: 'shutoff' });
  await take(guest);
  one.host.guests.delete(guest.uuid);
  const { errortext } = await api.job('unmanageVirtualMachine', { id: guest.uuid });
  assert.match(errortext!, /has no definition of it any more/);
  assert.equal((await machine(guest.uuid)).state, 'Stopped');
  ok(await api.job('unmanageVirtualMachine', { id: guest.uuid, forced: true }));
  assert.match(await api.refusal('listVirtualMachines', { id: guest.uuid }), /There is no virtualmachine of that id/);
  assert.deepEqual(
    one.host.deletedFiles.filter((file) => file.includes(guest.name)),
    [],
  );
});
