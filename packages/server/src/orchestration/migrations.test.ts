import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Values } from '../http/testing.ts';
import { migrateVirtualMachine } from './migrate-virtual-machine.ts';
import { testSaga } from './testing/test-saga.ts';
import { type TestHost, type TestZone, withZone } from './testing/zone.ts';

let zone: TestZone;
let api: TestZone['api'];
let one: TestHost;
let two: TestHost;
let offering: string;
before(async () => {
  zone = await withZone();
  api = zone.api;
  const room = { memoryBytes: 64 * 2 ** 30, cpus: 64 };
  [one, two] = [await zone.addHost(room), await zone.addHost(room)];
  two.host.volumes = one.host.volumes;
  two.host.images = one.host.images;
  for (const { host } of [one, two]) host.neighbours = [one.host, two.host];
  const cluster = { zoneid: zone.zoneId, podid: zone.podId, clusterid: zone.clusterId };
  await api.one('createStoragePool', { ...cluster, name: 'nfs', url: 'nfs://10.0.0.1/primary', scope: 'CLUSTER' });
  offering = (await api.one('createServiceOffering', { name: 'roaming', cpunumber: 1, cpuspeed: 100, memory: 128 })).id!;
});

let names = 0;
const ok = <T extends { status: number; errortext: string | undefined }>(ended: T): T => {
  assert.equal(ended.status, 1, ended.errortext);
  return ended;
};
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
