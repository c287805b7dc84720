import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { PeerError } from '@virtstack/protocol';
import type { Values } from '../http/testing.ts';
import { cancelHostMaintenance } from './cancel-host-maintenance.ts';
import { prepareHostForMaintenance } from './prepare-host-for-maintenance.ts';
import { ok, type SharedZone, withSharedZone } from './testing/shared-zone.ts';
import { testSaga } from './testing/test-saga.ts';
import { until } from './testing/until.ts';
import type { TestHost } from './testing/zone.ts';

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
const deploy = async (at: TestHost, more: Values = {}) => {
  const base = { zoneid: zone.zoneId, serviceofferingid: offering, templateid: zone.templateId, name: `vm${++names}` };
  return ok(await api.job('deployVirtualMachine', { ...base, hostid: at.id, ...more })).made;
};
const destroy = async (id: string) => ok(await api.job('destroyVirtualMachine', { id, expunge: true }));
const stateOf = async ({ id }: TestHost) => (await api.list('listHosts', { id }))[0]!.resourcestate;
const machine = async (id: string) => (await api.list('listVirtualMachines', { id }))[0]!;
const prepare = ({ id }: TestHost) => api.job('prepareHostForMaintenance', { id });
const cancel = async ({ id }: TestHost) => ok(await api.job('cancelHostMaintenance', { id })).made;

test('a host in maintenance has no machine that runs, takes none, keeps its agent, and is opened again', async () => {
  const up = await Promise.all([deploy(one), deploy(one), deploy(one), deploy(one)]);
  const stopped = await deploy(one);
  ok(await api.job('stopVirtualMachine', { id: stopped.id! }));
  const { made } = ok(await prepare(one));
  assert.deepEqual([made.id, made.resourcestate, made.state], [one.id, 'Maintenance', 'Up']);
  for (const { id } of up) assert.deepEqual([(await machine(id!)).state, (await machine(id!)).hostid], ['Running', two.id]);
  assert.equal((await machine(stopped.id!)).state, 'Stopped');
  assert.match(await api.refusal('prepareHostForMaintenance', { id: one.id }), /is in Maintenance already/);
  assert.match(
    await api.refusal('updateHost', { id: one.id, allocationstate: 'Enable' }),
    /cancelHostMaintenance opens it again/,
  );
  const base = { zoneid: zone.zoneId, serviceofferingid: offering, templateid: zone.templateId };
  const refused = await api.job('deployVirtualMachine', { ...base, name: 'late', hostid: one.id });
  assert.match(refused.errortext!, /is Maintenance/);
  const started = ok(await api.job('startVirtualMachine', { id: stopped.id! }));
  assert.equal(started.made.hostid, two.id);
  assert.equal((await cancel(one)).resourcestate, 'Enabled');
  assert.match(await api.refusal('cancelHostMaintenance', { id: one.id }), /neither in maintenance nor being prepared/);
  assert.equal((await deploy(one)).hostid, one.id);
  for (const { id } of [...up, stopped]) await destroy(id!);
});

test('what cannot move is named with its reason and runs on; the host stays closed, and preparing it again goes on', async () => {
  const local = await deploy(one, { serviceofferingid: zone.offeringId });
  const shared = await deploy(one);
  const { errorcode, errortext } = await prepare(one);
  assert.equal(errorcode, 537);
  assert.match(
    errortext!,
    new RegExp(`${local.name} \\(${local.name} has volumes on the storage of its host itself \\(ROOT-\\S+\\)`),
  );
  assert.doesNotMatch(errortext!, new RegExp(`${shared.name} \\(`));
  assert.equal(await stateOf(one), 'ErrorInPrepareForMaintenance');
  assert.deepEqual([(await machine(local.id!)).state, (await machine(local.id!)).hostcontrolstate], ['Running', 'Maintenance']);
  assert.equal((await machine(shared.id!)).hostid, two.id);
  const told = (await api.list('listEvents', { type: 'MAINT.PREPARE', pagesize: 50 })).map(({ description }) => description);
  assert.ok(
    told.some((text) => text!.includes(`cannot move: ${local.name} (ROOT-`)),
    told.join('\n'),
  );
  const alerts = (await api.list('listAlerts', { pagesize: 100 })).map(({ description }) => description!);
  assert.ok(
    alerts.some((text) => text.includes('could not be prepared for maintenance')),
    alerts.join('\n'),
  );
  ok(await api.job('stopVirtualMachine', { id: local.id! }));
  assert.equal(ok(await prepare(one)).made.resourcestate, 'Maintenance');
  const { errortext: closed } = await api.job('startVirtualMachine', { id: local.id! });
  assert.match(closed!, /volume ROOT-\S+ of \S+ lies on the storage of host host-\w+ itself, which is Maintenance/);
  await cancel(one);
  assert.equal(ok(await api.job('startVirtualMachine', { id: local.id! })).made.hostid, one.id);
  for (const { id } of [local, shared]) await destroy(id!);
});

test('a preparation that is cancelled ends, and leaves the host open', async () => {
  const machines = await Promise.all([1, 2, 3, 4, 5, 6].map(() => deploy(one)));
  const waiting: (() => void)[] = [];
  one.host.gate = (method) => (method === 'guest/migrate' ? new Promise((go) => waiting.push(go)) : Promise.resolve());
  const preparing = prepare(one);
  await until(() => waiting.length === 3, 'three migrations at once');
  assert.equal(await stateOf(one), 'PrepareForMaintenance');
  assert.equal((await cancel(one)).resourcestate, 'Enabled');
  one.host.gate = undefined;
  for (const go of waiting) go();
  const { status, errortext } = await preparing;
  assert.equal(status, 2);
  assert.match(errortext!, /its preparation for maintenance was cancelled/);
  assert.equal(await stateOf(one), 'Enabled');
  const at = await Promise.all(machines.map(async ({ id }) => (await machine(id!)).hostid));
  assert.equal(at.filter((id) => id === two.id).length, 3);
  for (const { id } of machines) await destroy(id!);
});

test('a preparation that fails leaves the host closed and says so; opening it is one write', async () => {
  const { cloud } = zone.server;
  const row = async (id: string) =>
    (await cloud.db.selectFrom('host').select('resource_state').where('id', '=', id).executeTakeFirstOrThrow()).resource_state;
  const set = (resource_state: string) => cloud.db.updateTable('host').set({ resource_state }).where('id', '=', one.id).execute();
  const setup = (state: string) => async () => {
    await set(state);
    return { cloud, state: { hostId: one.id } };
  };
  await testSaga(prepareHostForMaintenance, {
    setup: setup('Enabled'),
    snapshot: async () => (await row(one.id)).replace(/^Enabled$/, 'ErrorInPrepareForMaintenance'),
    leaves: 'ErrorInPrepareForMaintenance',
  });
  await testSaga(cancelHostMaintenance, { setup: setup('Maintenance'), snapshot: () => row(one.id), forward: true });
  await set('Enabled');
});

test('a machine that its new host refuses stays, with the host’s words', async () => {
  const { id, name } = await deploy(one);
  const error = new PeerError('not-found', 'the bridge br7 is not here');
  two.host.failures.push({ method: 'guest/receive', when: 'before', error });
  const { errortext } = await prepare(one);
  assert.match(errortext!, new RegExp(`${name} \\(the bridge br7 is not here\\)`));
  assert.deepEqual([(await machine(id!)).state, (await machine(id!)).hostid], ['Running', one.id]);
  await cancel(one);
});
