import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { agentMethods, PeerError } from '@virtstack/protocol';
import type { FakeHost } from '../orchestration/testing/fake-host.ts';
import { until } from '../orchestration/testing/until.ts';
import { type TestHost, type TestZone, withZone } from '../orchestration/testing/zone.ts';

let zone: TestZone;
before(async () => {
  zone = await withZone();
});

const shown = async (id: string) => (await zone.api.list('listHosts', { id }))[0];
const call = (command: string, values: Record<string, string | boolean>) => zone.server.call(command, values);

/** A host that the server has set up: what it was before is known on it. */
async function setUpHost(): Promise<TestHost> {
  const made = await zone.addHost();
  await zone.server.cloud.db.updateTable('host').set({ set_up: true }).where('id', '=', made.id).execute();
  await zone.api.one('deleteStoragePool', { id: made.poolId });
  return made;
}
const refusesToLeave = (host: FakeHost): void =>
  void host.failures.push({ method: agentMethods.leave.name, when: 'before', error: new PeerError('invalid-state', 'I stay.') });

test('reconnectHost ends the agent’s connection, and is done when the host is Up again', async () => {
  const { id, host } = await zone.addHost();
  const asked = zone.api.job('reconnectHost', { id });
  await until(() => !host.connected, 'the end of the connection');
  await host.connect();
  const { made, status } = await asked;
  assert.deepEqual([status, made.id, made.state], [1, id, 'Up']);
  assert.equal((await shown(id))!.state, 'Up');
});

test('a host whose agent is away cannot be reconnected, and the caller is told where to look', async () => {
  const { id, host } = await zone.addHost();
  await host.disconnect();
  await until(async () => (await shown(id))!.state === 'Disconnected', 'Disconnected');
  assert.match(await zone.api.refusal('reconnectHost', { id }), /is not connected.*Disconnected.*journalctl -u virtstack-agent/);
});

test('a host that was set up by the server and cannot be reached is deleted by force alone, and what is left there is told', async () => {
  const { id, host } = await setUpHost();
  await host.disconnect();
  await until(async () => (await shown(id))!.state === 'Disconnected', 'Disconnected');
  assert.match(await zone.api.refusal('deleteHost', { id }), /cannot make the host what it was.*forced=true.*agent\.mjs leave/);
  const { success, displaytext } = await call('deleteHost', { id, forced: true });
  assert.equal(success, true);
  assert.match(
    String(displaytext),
    /could not be made what it was before: .*still there\. Run on the host: .*\/opt\/virtstack\/agent\.mjs leave/,
  );
  assert.deepEqual(await zone.api.list('listHosts', { name: host.facts.hostname }), []);
  const alerts = await zone.api.list('listAlerts', { keyword: `The host ${host.facts.hostname}` });
  assert.deepEqual(
    alerts.map(({ description }) => /could not be made what it was before/.test(description!)),
    [true],
  );
});

test('a host that refuses to leave stays as it was, unless it is forced', async () => {
  const { id, host } = await setUpHost();
  refusesToLeave(host);
  assert.match(await zone.api.refusal('deleteHost', { id }), /I stay\./);
  assert.deepEqual([(await shown(id))!.state, (await shown(id))!.resourcestate], ['Up', 'Enabled']);
  refusesToLeave(host);
  assert.match(String((await call('deleteHost', { id, forced: true })).displaytext), /I stay\./);
  await until(() => !host.connected, 'the end of the connection');
});

test('a host that leaves has no good certificate any more; one that an admin set up keeps its own', async () => {
  const { cloud } = zone.server;
  const good = async (guid: string): Promise<number> =>
    (await cloud.db.selectFrom('certificate').select('serial').where('subject', '=', guid).where('revoked', 'is', null).execute())
      .length;
  const [left, kept] = [await setUpHost(), await zone.addHost()];
  await zone.api.one('deleteStoragePool', { id: kept.poolId });
  for (const { id } of [left, kept]) assert.deepEqual(await call('deleteHost', { id }), { success: true });
  assert.deepEqual([await good(left.host.guid), await good(kept.host.guid)], [0, 1]);
  assert.deepEqual([left.host.calls.includes('host/leave'), kept.host.calls.includes('host/leave')], [true, false]);
});

test('a command that a job does leaves the chain of events that a job leaves', async () => {
  const { id, poolId } = await zone.addHost();
  await zone.api.one('deleteStoragePool', { id: poolId });
  await zone.api.one('deleteHost', { id });
  const events = await zone.api.list('listEvents', { type: 'HOST.DELETE', resourceid: id, resourcetype: 'Host' });
  assert.deepEqual(events.map(({ state }) => state).toSorted(), ['Completed', 'Scheduled', 'Started']);
});

const machineOn = async (hostid: string): Promise<string> => {
  const where = { zoneid: zone.zoneId, serviceofferingid: zone.offeringId, templateid: zone.templateId, hostid };
  const { made, errortext } = await zone.api.job('deployVirtualMachine', { ...where, name: `vm${++machines}` });
  assert.equal(errortext, undefined);
  return made.id!;
};
let machines = 0;
const force = { forced: true, forcedestroylocalstorage: true };
const powerOf = async (id: string) =>
  (await zone.server.cloud.db
    .selectFrom('virtual_machine')
    .select(['state', 'power_state'])
    .where('id', '=', id)
    .executeTakeFirst())!;

test('a host that is deleted by force powers the guests of the cloud off first: none runs there when it may be started elsewhere', async () => {
  const { id, host } = await zone.addHost();
  const machine = await machineOn(id);
  assert.deepEqual(await call('deleteHost', { id, ...force }), { success: true });
  assert.equal(host.guests.get(machine)!.state, 'shutoff');
  assert.deepEqual(await powerOf(machine), { state: 'Stopped', power_state: 'shutoff' });
});

test('a host that does not power its guests off is not deleted, and they are shown as they are', async () => {
  const { id, host } = await zone.addHost();
  const machine = await machineOn(id);
  host.failures.push({ method: agentMethods.stopGuest.name, when: 'before', error: new PeerError('libvirt', 'It is stuck.') });
  assert.match(await zone.api.refusal('deleteHost', { id, ...force }), /It is stuck\./);
  assert.deepEqual([(await shown(id))!.state, (await shown(id))!.resourcestate], ['Up', 'Enabled']);
  assert.deepEqual(await powerOf(machine), { state: 'Running', power_state: 'running' });
});

test('of a host that cannot be asked the admin is told which machines may still run there', async () => {
  const { id, host } = await zone.addHost();
  const machine = await machineOn(id);
  await host.disconnect();
  await until(async () => (await shown(id))!.state === 'Disconnected', 'Disconnected');
  const { displaytext } = await call('deleteHost', { id, ...force });
  assert.match(String(displaytext), /1 virtual machines were on host .*vm\d.*make sure first that the host is off/);
  assert.equal((await zone.api.list('listAlerts', { keyword: 'could not be asked to power them off' })).length, 1);
  assert.deepEqual(await powerOf(machine), { state: 'Stopped', power_state: 'unknown' });
});
