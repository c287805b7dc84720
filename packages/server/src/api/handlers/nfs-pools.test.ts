import assert from 'node:assert/strict';
import test from 'node:test';
import type { Values } from '../../http/testing.ts';
import { FakeHost } from '../../orchestration/testing/fake-host.ts';
import { until } from '../../orchestration/testing/until.ts';
import { withZone } from '../../orchestration/testing/zone.ts';
import { admin } from './testing.ts';

const zone = await withZone();
const { make, list, refusal } = admin(zone.server);
const [first, second] = [await zone.addHost(), await zone.addHost()];
const hosts = [first.host, second.host];
let count = 0;
const wanted = (values: Values = {}) => {
  const n = ++count;
  return { name: `nfs${n}`, zoneid: zone.zoneId, clusterid: zone.clusterId, url: `nfs://10.0.0.1/export/${n}`, ...values };
};
const create = (values: Values = {}) => make('createStoragePool', wanted(values));
const refused = async (values: Values) => (await refusal('createStoragePool', wanted(values))).text;
const shown = async (id: string) => (await list('listStoragePools', { id })).items[0]!;
const place = (id: string) => `/var/lib/virtstack/mnt/${id}`;
const alerts = async (name: string) =>
  (await list('listAlerts', { name: 'ALERT.STORAGE.LOST' })).items.filter((a) => a.description.includes(`storage ${name}:`));

test('an export is mounted by every host of its cluster, at one path, before the answer', async () => {
  const pool = await create({
    url: 'nfs://Filer.example/export/a/',
    'details[0].nfsmountopts': 'vers=4.1, nconnect=4',
    tags: 'ssd',
  });
  const { type, scope, path, ipaddress, state, disksizetotal, disksizeused, hypervisor, tags, details, clusterid } = pool;
  assert.deepEqual([type, scope, path, ipaddress], ['NetworkFilesystem', 'CLUSTER', '/export/a', 'filer.example']);
  assert.deepEqual([state, disksizetotal, disksizeused, hypervisor, tags], ['Up', 2e12, 2e9, 'KVM', 'ssd']);
  assert.deepEqual([details, clusterid], [{ nfsmountopts: 'vers=4.1,nconnect=4' }, zone.clusterId]);
  const source = { type: 'nfs', server: 'filer.example', path: '/export/a', options: ['vers=4.1', 'nconnect=4'] };
  for (const host of hosts) assert.deepEqual(host.mounts.get(place(pool.id)), source);
  const found = await list('listStoragePools', { path: '/export/a', ipaddress: 'filer.example', hostid: second.id });
  assert.deepEqual(
    found.items.map(({ id }) => id),
    [pool.id],
  );
});

test('an export is one pool, and a directory of it that is written otherwise is the same', async () => {
  await create({ url: 'nfs://10.0.0.9/twice' });
  for (const url of ['nfs://10.0.0.9/twice', 'nfs://10.0.0.9/twice/', 'NFS://10.0.0.9/twice'])
    assert.match(await refused({ url }), /10\.0\.0\.9:\/twice is that of the primary storage nfs\d+ of zone z already/);
});

test('of an export that is added twice at the same moment there is one pool, and what was mounted for the other is let go of', async () => {
  const before = first.host.mounts.size;
  const asked = await Promise.all(
    [1, 2, 3].map(() => zone.server.call('createStoragePool', wanted({ url: 'nfs://10.0.0.1/race' }))),
  );
  assert.equal(asked.filter((answer) => 'storagepool' in answer).length, 1, JSON.stringify(asked));
  assert.equal(first.host.mounts.size, before + 1);
});

test('where one host cannot mount it, the pool is there for the others, and the admin is told once in that host’s words', async () => {
  second.host.lost = 'access denied by server. Export it to this host.';
  const { id, name, state, details } = await create();
  assert.deepEqual([state, details], ['Alert', { lost: `${second.host.facts.hostname}: ${second.host.lost}` }]);
  second.host.tell(second.host.report());
  second.host.lost = 'the server does not answer.';
  second.host.tell(second.host.report());
  await until(async () => (await shown(id)).details?.lost?.includes('does not answer'), 'the other words');
  assert.equal((await alerts(name)).length, 1);
  assert.deepEqual((await list('listStoragePools', { status: 'Alert', id })).count, 1);
  second.host.lost = undefined;
  second.host.tell(second.host.report());
  await until(async () => (await shown(id)).state === 'Up', 'its return');
  assert.equal((await shown(id)).details, undefined);
});

test('where no host can mount it there is no pool, and every host’s reason is told', async () => {
  hosts.forEach((host, n) => {
    host.lost = `reason ${n}.`;
  });
  const { code, text } = await refusal('createStoragePool', wanted({ name: 'nowhere', url: 'nfs://10.0.0.1/nowhere' }));
  assert.equal(code, 534);
  const told = hosts.map(({ facts, lost }) => `host ${facts.hostname}: ${lost}`).sort();
  assert.equal(text, `No host can use 10.0.0.1:/nowhere. ${told.join(' ')}`);
  for (const host of hosts) {
    host.lost = undefined;
    assert.ok(![...host.mounts.values()].some(({ path }) => path === '/nowhere'), 'it is tried still');
  }
  assert.equal((await list('listStoragePools', { name: 'nowhere' })).count, 0);
});

test('what is no export, and options that would cost guests their data, are refused with the reason', async () => {
  for (const url of [
    'nfs://10.0.0.1',
    'nfs:///export',
    'nfs://10.0.0.1/a/../b',
    'nfs://10.0.0.1/a b',
    'nfs://a b/c',
    "nfs://10.0.0.1/a'b",
  ])
    assert.match(await refused({ url }), /names no export\. Write nfs:\/\/SERVER\/PATH/, url);
  const option = (nfsmountopts: string) => refused({ 'details[0].nfsmountopts': nfsmountopts });
  assert.match(await option('soft'), /soft is not accepted: .*broken disk/);
  assert.match(await option('nolock'), /without locks/);
  assert.match(await option('vers=3'), /without locks/);
  assert.match(await option('ro'), /written to/);
  assert.match(await option('timeo=5;reboot'), /is no option of mount/);
  assert.match(await refused({ scope: 'HOST' }), /Use scope=CLUSTER or scope=ZONE/);
  const nowhere = { name: 'x', zoneid: zone.zoneId, url: 'nfs://10.0.0.1/x' };
  assert.match((await refusal('createStoragePool', nowhere)).text, /clusterid is missing/);
});

test('a pool of the zone is that of the hosts of one type, or of all', async () => {
  const zonewide = { scope: 'ZONE', url: 'nfs://10.0.0.1/zone' };
  assert.match(await refused(zonewide), /hypervisor is missing: hosts of which type use this storage\?/);
  assert.match(await refused({ ...zonewide, hypervisor: 'VMware' }), /VMware is not one of this installation/);
  const { id, scope, hypervisor, clusterid } = await create({ ...zonewide, hypervisor: 'kvm' });
  assert.deepEqual([scope, hypervisor, clusterid], ['ZONE', 'KVM', undefined]);
  assert.ok(hosts.every((host) => host.mounts.has(place(id))));
  const any = await create({ scope: 'ZONE', hypervisor: 'Any', url: 'nfs://10.0.0.1/any' });
  assert.equal(any.hypervisor, undefined);
});

test('a pool is renamed, tagged, disabled and enabled; where it is stays', async () => {
  const { id, name } = await create();
  const update = (values: Values) => make('updateStoragePool', { id, ...values });
  const changed = await update({ name: 'renamed', tags: 'fast, nvme', enabled: false });
  assert.deepEqual([changed.name, changed.tags, changed.state], ['renamed', 'fast,nvme', 'Disabled']);
  assert.equal((await update({ enabled: true })).state, 'Up');
  assert.match((await refusal('updateStoragePool', { id, url: 'nfs://10.0.0.2/x' })).text, /cannot be changed/);
  const other = await create({ name });
  assert.match((await refusal('updateStoragePool', { id, name: other.name })).text, /has a primary storage named/);
});

test('a pool that is deleted is unmounted everywhere, also by a host that was away, and its export can be added again', async () => {
  const { id } = await create({ url: 'nfs://10.0.0.1/again' });
  await second.host.disconnect();
  await until(async () => !(await zone.server.cloud.agents.connected(second.id)), 'the loss');
  assert.equal((await make('deleteStoragePool', { id })).success, true);
  await until(() => !first.host.mounts.has(place(id)), 'the first host');
  assert.ok(second.host.mounts.has(place(id)), 'it is away');
  await second.host.connect();
  await until(() => !second.host.mounts.has(place(id)), 'the second host');
  await until(async () => (await list('listHosts', { id: second.id })).items[0]!.state === 'Up', 'its return');
  await create({ url: 'nfs://10.0.0.1/again' });
});

test('a host that is added later mounts what its cluster has, and one that forgot it mounts it again', async () => {
  const { id } = await create();
  const late = await zone.addHost();
  assert.ok(late.host.mounts.has(place(id)));
  late.host.mounts.clear();
  late.host.tell(late.host.report());
  await until(() => late.host.mounts.has(place(id)), 'the mount');
  const other = new FakeHost(zone.server, { addresses: ['192.0.2.200'] });
  await other.connect();
  assert.equal(other.mounts.size, 0, 'it is nobody’s yet');
});

test('a pool that hosts share is counted once', async () => {
  const sum = async (type: number) => (await list('listCapacity', { zoneid: zone.zoneId, type })).items[0]!.capacitytotal;
  const before = await sum(2);
  await create();
  assert.equal((await sum(2)) - before, 2e12);
  assert.equal(await sum(9), 3e12);
});
