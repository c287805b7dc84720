import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { machineJob } from './machine-job.ts';
import { until } from './testing/until.ts';
import { type TestHost, type TestZone, withZone } from './testing/zone.ts';

/** Machines that a migration left between two hosts, of which neither could be asked. */
let zone: TestZone;
let api: TestZone['api'];
let two: TestHost;
let offering: string;
before(async () => {
  zone = await withZone();
  api = zone.api;
  const cluster = { zoneid: zone.zoneId, podid: zone.podId, clusterid: zone.clusterId };
  two = await newHost();
  await api.one('createStoragePool', { ...cluster, name: 'nfs', url: 'nfs://10.0.0.1/primary', scope: 'CLUSTER' });
  offering = (await api.one('createServiceOffering', { name: 'roaming', cpunumber: 1, cpuspeed: 100, memory: 128 })).id!;
});

async function newHost(): Promise<TestHost> {
  const made = await zone.addHost({ memoryBytes: 64 * 2 ** 30, cpus: 64 });
  if (two) {
    made.host.volumes = two.host.volumes;
    made.host.images = two.host.images;
  }
  return made;
}

let names = 0;
const rowOf = (id: string) =>
  zone.server.cloud.db
    .selectFrom('virtual_machine')
    .select(['state', 'host_id', 'last_host_id', 'migration_host_id', 'power_state'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
const isUp = async ({ id }: TestHost) => (await api.list('listHosts', { id }))[0]!.state === 'Up';
const leaves = async (host: TestHost) => {
  await host.host.disconnect();
  await until(async () => !(await isUp(host)), 'its loss');
};
const returns = async (host: TestHost) => {
  await host.host.connect();
  await until(() => isUp(host), 'its return');
};

/** It ran at `from` and runs at `to` now, and nobody knows. */
async function unsettled(from: TestHost, to: TestHost): Promise<string> {
  const base = { zoneid: zone.zoneId, serviceofferingid: offering, templateid: zone.templateId, name: `vm${++names}` };
  const { made, errortext } = await api.job('deployVirtualMachine', { ...base, hostid: from.id });
  assert.equal(errortext, undefined);
  const id = made.id!;
  await zone.server.cloud.db
    .updateTable('virtual_machine')
    .set({ state: 'Migrating', migration_host_id: to.id })
    .where('id', '=', id)
    .execute();
  to.host.guests.set(id, { ...from.host.guests.get(id)! });
  to.host.disks.set(id, from.host.disks.get(id)!);
  from.host.guests.delete(id);
  return id;
}

test('when the host that it left is deleted, the one to which it went still counts as the one that may run it', async () => {
  const one = await newHost();
  const id = await unsettled(one, two);
  await leaves(one);
  await leaves(two);
  assert.match(await api.refusal('deleteHost', { id: one.id }), /1 virtual machines are on host/);
  await api.one('deleteHost', { id: one.id, forced: true });
  const row = { state: 'Stopped', host_id: null, last_host_id: two.id, migration_host_id: null, power_state: 'unknown' };
  assert.deepEqual(await rowOf(id), row);
  const third = await newHost();
  const { errorcode, errortext } = await api.job('startVirtualMachine', { id, hostid: third.id });
  assert.equal(errorcode, 534);
  assert.match(errortext!, /may still run on host/);
  await returns(two);
  await until(async () => (await rowOf(id)).state === 'Running', 'the truth');
  assert.equal((await rowOf(id)).host_id, two.id);
  assert.ok(!third.host.guests.has(id));
});

test('when the host to which it was to go is deleted, its own host says whether it runs there', async () => {
  const one = await newHost();
  const id = await unsettled(two, one);
  // It never left.
  two.host.guests.set(id, one.host.guests.get(id)!);
  await leaves(one);
  await api.one('deleteHost', { id: one.id, forced: true });
  const { state, host_id, migration_host_id } = await rowOf(id);
  assert.deepEqual([state, host_id, migration_host_id], ['Running', two.id, null]);
});

test('who stops it, as an account that is disabled does, first finds out where it is', async () => {
  const one = await newHost();
  const id = await unsettled(one, two);
  const { db, jobs } = zone.server.cloud;
  const owner = await db
    .selectFrom('virtual_machine')
    .select(['account_id', 'domain_id'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const job = await jobs.enqueue(db, machineJob('stop-virtual-machine', id, { forced: true }), {
    ...{ command: 'stopVirtualMachine', accountId: owner.account_id, domainId: owner.domain_id },
  });
  const ended = async () => (await db.selectFrom('job').select('status').where('id', '=', job).executeTakeFirstOrThrow()).status;
  await until(async () => (await ended()) === 1, 'the stop');
  assert.equal(two.host.guests.get(id)!.state, 'shutoff');
  const { state, last_host_id } = await rowOf(id);
  assert.deepEqual([state, last_host_id], ['Stopped', two.id]);
});
