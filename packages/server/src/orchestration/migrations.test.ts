import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type GuestState, PeerError } from '@virtstack/protocol';
import type { Values } from '../http/testing.ts';
import { migrateVirtualMachine } from './migrate-virtual-machine.ts';
import { ok, type SharedZone, withSharedZone } from './testing/shared-zone.ts';
import { testSaga } from './testing/test-saga.ts';
import { until } from './testing/until.ts';
import type { TestHost } from './testing/zone.ts';
import { concluded } from './where-it-runs.ts';

let zone: SharedZone;
let api: SharedZone['api'];
let one: TestHost;
let two: TestHost;
let offering: string;
before(async () => {
  zone = await withSharedZone();
  ({ api, one, two, offering } = zone);
});

let names = 0;
async function machine(more: Values = {}) {
  const base = { zoneid: zone.zoneId, serviceofferingid: offering, templateid: zone.templateId, name: `vm${++names}` };
  return ok(await api.job('deployVirtualMachine', { ...base, hostid: one.id, ...more })).made.id!;
}
const rowOf = (id: string) =>
  zone.server.cloud.db
    .selectFrom('virtual_machine')
    .select(['state', 'host_id', 'migration_host_id', 'power_state'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
/** Where its guest is, and what is kept beside it. */
const on = ({ host }: TestHost, id: string) => ({ guest: host.guests.get(id)?.state, kept: host.received.has(id) });

test('a machine moves to the host named, and is where the cloud says', async () => {
  const id = await machine();
  const { made } = ok(await api.job('migrateVirtualMachine', { virtualmachineid: id, hostid: two.id }));
  assert.deepEqual([made.state, made.hostid], ['Running', two.id]);
  assert.deepEqual(
    [on(one, id), on(two, id)],
    [
      { guest: undefined, kept: false },
      { guest: 'running', kept: true },
    ],
  );
  assert.deepEqual(two.host.moved, []);
  assert.deepEqual(one.host.moved.at(-1), { uuid: id, live: true });
  assert.ok(two.host.networks.has(zone.networkId));
  const back = ok(await api.job('migrateVirtualMachine', { virtualmachineid: id, autoselect: true }));
  assert.equal(back.made.hostid, one.id);
});

test('a migration that fails at any step leaves the machine running in one place, which is the one shown', async () => {
  await testSaga(migrateVirtualMachine, {
    setup: async () => ({ cloud: zone.server.cloud, state: { machineId: await machine() } }),
    snapshot: async ({ cloud: { db }, state: { machineId } }) => {
      const { host_id, ...row } = await rowOf(machineId);
      const [at, other] = host_id === one.id ? [one, two] : [two, one];
      const leftovers = (await db.selectFrom('leftover').select('id').execute()).length;
      return { ...row, at: at.host.guests.get(machineId)?.state, other: on(other, machineId), leftovers };
    },
  });
});

const migrate = (id: string, to: TestHost = two) => api.job('migrateVirtualMachine', { virtualmachineid: id, hostid: to.id });
const fails = ({ host }: TestHost, method: string, when: 'before' | 'after', error: PeerError) =>
  void host.failures.push({ method, when, error });
const destroy = async (id: string) => ok(await api.job('destroyVirtualMachine', { id, expunge: true }));
const hostNow = async ({ id }: TestHost) => (await api.list('listHosts', { id }))[0]!;
const isUp = async (host: TestHost) => (await hostNow(host)).state === 'Up';
const told = async (id: string) =>
  (await api.list('listEvents', { resourceid: id, resourcetype: 'VirtualMachine', pagesize: 100 })).map(
    ({ description }) => description!,
  );

test('a guest that its host cannot send stays where it is, and the new host keeps nothing of it', async () => {
  const id = await machine();
  fails(one, 'guest/migrate', 'before', new PeerError('libvirt', 'Failed to enable logdirty'));
  const { status, errortext } = await migrate(id);
  assert.equal(status, 2);
  assert.match(errortext!, /Failed to enable logdirty/);
  assert.deepEqual(await rowOf(id), { state: 'Running', host_id: one.id, migration_host_id: null, power_state: 'running' });
  assert.deepEqual(
    [on(one, id), on(two, id)],
    [
      { guest: 'running', kept: false },
      { guest: undefined, kept: false },
    ],
  );
  assert.ok((await told(id)).some((text) => text.endsWith('did not move: it runs where it was')));
  await destroy(id);
});

test('a migration that takes longer than migratewait is given up, and says which setting allows more', async () => {
  const id = await machine();
  await api.one('updateConfiguration', { name: 'migratewait', value: '1' });
  one.host.gate = (method) => (method === 'guest/migrate' ? new Promise(() => {}) : Promise.resolve());
  const { status, errortext } = await migrate(id);
  one.host.gate = undefined;
  await api.one('updateConfiguration', { name: 'migratewait', value: '3600' });
  assert.equal(status, 2);
  assert.match(errortext!, /had not moved after 1 s, and its migration was given up.*migratewait/);
  assert.deepEqual(await rowOf(id), { state: 'Running', host_id: one.id, migration_host_id: null, power_state: 'running' });
  await destroy(id);
});

test('a guest that arrived has moved, whatever the answer was', async () => {
  const id = await machine();
  fails(one, 'guest/migrate', 'after', new PeerError('libvirt', 'the connection was reset'));
  const { made } = ok(await migrate(id));
  assert.deepEqual([made.state, made.hostid], ['Running', two.id]);
  assert.deepEqual(on(one, id), { guest: undefined, kept: false });
  await destroy(id);
});

test('a guest that goes down on its way is Stopped, with an alert, and starts again', async () => {
  const id = await machine();
  one.host.gate = async (method) => {
    if (method === 'guest/migrate') one.host.guests.get(id)!.state = 'shutoff';
  };
  const { status } = await migrate(id);
  one.host.gate = undefined;
  assert.equal(status, 2);
  assert.deepEqual(await rowOf(id), { state: 'Stopped', host_id: null, migration_host_id: null, power_state: 'absent' });
  const alerts = (await api.list('listAlerts', { pagesize: 200 })).map(({ description }) => description!);
  assert.ok(alerts.some((text) => text.includes('went down while it was moved to another host')));
  ok(await api.job('startVirtualMachine', { id }));
  await destroy(id);
});

test('while it moves a machine has its place on both hosts, and neither gives it away', async () => {
  const id = await machine();
  const memory = async () => Promise.all([one, two].map(async (host) => (await hostNow(host)).memoryallocatedbytes!));
  const before = await memory();
  const reached = new Promise<() => void>((reach) => {
    one.host.gate = (method) => (method === 'guest/migrate' ? new Promise((go) => reach(go)) : Promise.resolve());
  });
  const moving = migrate(id);
  const go = await reached;
  one.host.gate = undefined;
  assert.deepEqual(await memory(), [before[0], before[1]! + 128 * 2 ** 20]);
  const size = (bytes: number) =>
    zone.server.cloud.db.updateTable('host').set({ memory_bytes: bytes }).where('id', '=', two.id).execute();
  await size(Math.ceil((before[1]! + 1.5 * 128 * 2 ** 20) / 0.85));
  const base = { zoneid: zone.zoneId, serviceofferingid: offering, templateid: zone.templateId, hostid: two.id };
  const beside = await api.job('deployVirtualMachine', { ...base, name: 'beside' });
  await size(64 * 2 ** 30);
  assert.match(beside.errortext!, /has 64 MiB of memory to give, 128 MiB needed/);
  assert.equal((await rowOf(id)).state, 'Migrating');
  go();
  ok(await moving);
  assert.deepEqual(await memory(), [before[0]! - 128 * 2 ** 20, before[1]! + 128 * 2 ** 20]);
  await destroy(id);
});

test('a machine of which no host can say where it is stays Migrating and starts nowhere, until a host tells it', async () => {
  const id = await machine();
  // It arrives, and then nothing more is heard of either host.
  one.host.gate = async (method) => {
    if (method !== 'guest/migrate') return;
    two.host.guests.set(id, { ...one.host.guests.get(id)! });
    one.host.guests.delete(id);
    await two.host.disconnect();
    await one.host.disconnect();
  };
  const { errorcode, errortext } = await migrate(id);
  one.host.gate = undefined;
  assert.equal(errorcode, 534);
  assert.match(errortext!, /Nobody can say now where vm\d+ runs: host host-\w+ cannot be asked/);
  assert.deepEqual(await rowOf(id), { state: 'Migrating', host_id: one.id, migration_host_id: two.id, power_state: 'running' });
  for (const command of ['startVirtualMachine', 'stopVirtualMachine'] as const)
    assert.match(await api.refusal(command, { id }), /is Migrating/);
  assert.match(await api.refusal('deleteHost', { id: two.id }), /virtual machines are on host/);
  // The host that lost it comes first: that it is not there says nothing yet.
  await one.host.connect();
  await until(() => isUp(one), 'the old host');
  assert.equal((await rowOf(id)).state, 'Migrating');
  await two.host.connect();
  await until(() => isUp(two), 'the new host');
  await until(async () => (await rowOf(id)).state === 'Running', 'the truth');
  assert.deepEqual(await rowOf(id), { state: 'Running', host_id: two.id, migration_host_id: null, power_state: 'running' });
  await destroy(id);
});

test('a machine that an admin moved with virsh is where it runs when its host says that it is gone, and was never Stopped', async () => {
  const id = await machine();
  two.host.guests.set(id, { ...one.host.guests.get(id)! });
  one.host.virsh(id, 'absent');
  await until(async () => (await rowOf(id)).host_id === two.id, 'the truth');
  assert.equal((await rowOf(id)).state, 'Running');
  const events = await told(id);
  assert.ok(events.some((text) => text.includes('was moved to another host outside the cloud')));
  assert.ok(!events.some((text) => text.includes('was stopped')), events.join('\n'));
  await destroy(id);
});

test('hosts say how a machine would come to them, or why it does not; a pause is announced', async () => {
  const id = await machine();
  const facts = two.host.facts;
  const find = async () => {
    const hosts = await api.list('findHostsForMigration', { virtualmachineid: id });
    assert.deepEqual(
      hosts.map((host) => host.id),
      [two.id],
    );
    const { suitableformigration, requiresStorageMotion, hasenoughcapacity, details } = hosts[0]!;
    const { migration, migrationProblem } = details as Record<string, string>;
    const [same] = await api.list('listHosts', { virtualmachineid: id });
    assert.deepEqual([same!.id, same!.suitableformigration, same!.details], [two.id, suitableformigration, details]);
    return { suitableformigration, requiresStorageMotion, hasenoughcapacity, migration, migrationProblem };
  };
  const says = async (change: Partial<typeof facts>) => {
    two.host.facts = { ...facts, ...change };
    await two.host.disconnect();
    await two.host.connect();
    await until(() => isUp(two), 'the host');
  };
  const suits = {
    suitableformigration: true,
    requiresStorageMotion: false,
    hasenoughcapacity: true,
    migrationProblem: undefined,
  };
  assert.deepEqual(await find(), { ...suits, migration: 'live' });
  await zone.server.cloud.db.updateTable('pool_host').set({ problem: 'no answer' }).where('host_id', '=', two.id).execute();
  assert.match((await find()).migrationProblem!, /has lost the pool nfs \(no answer\), on which volume ROOT-\S+ lies/);
  await zone.server.cloud.db.updateTable('pool_host').set({ problem: null }).where('host_id', '=', two.id).execute();
  await says({ cpuModel: 'Other' });
  const other = await find();
  assert.equal(other.suitableformigration, false);
  assert.match(other.migrationProblem!, /has another CPU \(Other\) than host-\w+ \(Test\).*stop it and start it there/);
  assert.match((await migrate(id)).errortext!, /has another CPU \(Other\).*It runs on where it is\./);
  await says({ migration: { live: [], paused: [], abortable: false } });
  assert.match((await find()).migrationProblem!, /takes no hvm guests/);
  await says({ migration: { live: [], paused: ['hvm'], abortable: true } });
  assert.deepEqual(await find(), { ...suits, migration: 'paused' });
  ok(await migrate(id));
  assert.deepEqual(one.host.moved.at(-1), { uuid: id, live: false });
  assert.ok((await told(id)).some((text) => text.endsWith('it is paused while its memory is copied (128 MiB)')));
  await says(facts);
  await destroy(id);
});

test('what cannot be moved is refused at once, in words', async () => {
  const id = await machine();
  const refusal = (more: Values, of = id) => api.refusal('migrateVirtualMachine', { virtualmachineid: of, ...more });
  assert.match(await refusal({}), /Say to which host it is to move \(hostid\)/);
  assert.match(await refusal({ hostid: one.id }), /runs on host host-\w+ already/);
  assert.match(await refusal({ storageid: one.poolId }), /Volumes cannot be moved to another pool in this version/);
  const local = await machine({ serviceofferingid: zone.offeringId });
  assert.match(await refusal({ hostid: two.id }, local), /has volumes on the storage of its host itself \(ROOT-/);
  const [found] = await api.list('findHostsForMigration', { virtualmachineid: local });
  assert.deepEqual([found!.suitableformigration, found!.requiresStorageMotion], [false, true]);
  const cluster = { clustername: 'far', zoneid: zone.zoneId, podid: zone.podId, hypervisor: 'KVM', clustertype: 'CloudManaged' };
  const [far] = await api.list('addCluster', cluster);
  await zone.server.cloud.db.updateTable('host').set({ cluster_id: far!.id! }).where('id', '=', two.id).execute();
  assert.match(await refusal({ hostid: two.id }), /is in cluster far, and vm\d+ runs in cluster c: it moves within its cluster/);
  const nobody = await api.job('migrateVirtualMachine', { virtualmachineid: id, autoselect: true });
  assert.equal(nobody.errorcode, 533);
  assert.match(nobody.errortext!, /its cluster has no other host/);
  await zone.server.cloud.db.updateTable('host').set({ cluster_id: zone.clusterId }).where('id', '=', two.id).execute();
  ok(await api.job('stopVirtualMachine', { id }));
  assert.match(await refusal({ hostid: two.id }), /is Stopped; only one that is Running can be moved/);
  for (const one of [id, local]) await destroy(one);
});

test('where a guest is follows from what both hosts say, and from nothing else', () => {
  const cases = {
    source: ['running absent', 'running ?', 'running shutoff', 'paused absent'],
    destination: ['absent running', '? running', 'paused running', 'shutoff running', 'absent paused'],
    nowhere: ['absent absent', 'shutoff absent', 'absent crashed'],
    unknown: ['? ?', '? absent', 'absent ?', '? paused', 'paused ?', 'running paused', 'paused paused', 'running running'],
  } as const;
  for (const [at, all] of Object.entries(cases))
    for (const text of all) {
      const [source, destination] = text.split(' ').map((state) => (state === '?' ? undefined : (state as GuestState)));
      assert.equal(concluded({ source, destination }), at, text);
    }
});
