import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { until } from '../orchestration/testing/until.ts';
import { type TestHost, type TestZone, withZone } from '../orchestration/testing/zone.ts';
import { revokeFor } from './setup/certify.ts';

let zone: TestZone;
before(async () => {
  zone = await withZone();
});

const guest = { name: 'i-2-77-VM', state: 'running' as const, ours: true };
const uuid = '6f4f29f5-6a55-4a3f-9d4c-1f7d6f0f7a01';
const about = async ({ host }: TestHost) =>
  (await zone.api.list('listAlerts', { keyword: `Host ${host.facts.hostname}`, pagesize: 100 }))
    .map(({ description }) => description!)
    .filter((text) => text.includes('its agent is back'));

/** A host that was off when it was deleted by force. */
async function deletedWhileOff(): Promise<TestHost> {
  const made = await zone.addHost();
  await zone.api.one('deleteStoragePool', { id: made.poolId });
  await made.host.disconnect();
  await until(async () => (await zone.api.list('listHosts', { id: made.id }))[0]!.state === 'Disconnected', 'Disconnected');
  await zone.api.one('deleteHost', { id: made.id, forced: true });
  return made;
}

test('a deleted host that comes back with guests is told of once, with their names', async () => {
  const made = await deletedWhileOff();
  await made.host.connect();
  await made.host.disconnect();
  assert.deepEqual(await about(made), [], 'one that runs nothing harms nobody');
  made.host.guests.set(uuid, guest);
  made.host.guests.set('6f4f29f5-6a55-4a3f-9d4c-1f7d6f0f7a02', { name: 'somebodys', state: 'running', ours: false });
  await made.host.connect();
  await until(async () => (await about(made)).length > 0, 'the alert');
  await made.host.disconnect();
  await made.host.connect();
  const told = await about(made);
  assert.equal(told.length, 1);
  assert.match(
    told[0]!,
    /was deleted on .*still runs 1 of this cloud's virtual machines: i-2-77-VM\..*virsh list.*agent\.mjs leave/,
  );
  assert.deepEqual(await zone.api.list('listHosts', { name: made.host.facts.hostname }), []);
});

test('one whose certificate was revoked with it is refused, and told of once', async () => {
  const { host, ...made } = await zone.addHost();
  const { cloud } = zone.server;
  await zone.api.one('deleteStoragePool', { id: made.poolId });
  host.shows = await cloud.authority.issue({ commonName: host.guid, names: [], addresses: [], days: 1 });
  await host.disconnect();
  await until(async () => (await zone.api.list('listHosts', { id: made.id }))[0]!.state === 'Disconnected', 'Disconnected');
  await zone.api.one('deleteHost', { id: made.id, forced: true });
  await revokeFor(cloud.db, host.guid);
  await assert.rejects(host.connect(), /403/);
  await assert.rejects(host.connect(), /403/);
  const told = await about({ host, ...made });
  assert.equal(told.length, 1);
  assert.match(told[0]!, /its certificate was revoked with it/);
});
