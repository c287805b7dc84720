import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import type { Values } from '../../http/testing.ts';
import { until } from '../../orchestration/testing/until.ts';
import { withZone } from '../../orchestration/testing/zone.ts';
import { admin } from './testing.ts';

const zone = await withZone();
const { make, list, refusal } = admin(zone.server);
const [first, second] = [await zone.addHost(), await zone.addHost()];
let count = 0;
const pool = (values: Values) => ({ name: `pool${++count}`, zoneid: zone.zoneId, ...values });
const refused = async (values: Values) => (await refusal('createStoragePool', pool(values))).text;

test('a directory of a host is a pool of that host, whose agent tells its size', async () => {
  const { items } = await list('listStoragePools', { id: first.poolId });
  const { type, scope, path, state, disksizetotal, details, clusterid, overprovisionfactor } = items[0]!;
  assert.deepEqual([type, scope, path, state, disksizetotal], ['Filesystem', 'HOST', '/pool', 'Up', 1e12]);
  assert.deepEqual([details, clusterid, overprovisionfactor], [{ hostid: first.id }, zone.clusterId, '2.0']);
});

test('the host of a directory is named where there are several', async () => {
  assert.match(await refused({ url: 'file:///other' }), /There are 2 hosts \(.*\): say with details\[0\]\.hostid=ID/);
  assert.match(await refused({ url: 'file:///other', 'details[0].hostid': randomUUID() }), /is not a host of this zone/);
});

test('a shared mount point is a pool of a cluster, made ready on each of its hosts', async () => {
  const made = await make(
    'createStoragePool',
    pool({ url: 'SharedMountPoint:///mnt/shared', clusterid: zone.clusterId, tags: 'ssd, nvme' }),
  );
  assert.deepEqual([made.type, made.scope, made.path, made.tags], ['SharedMountPoint', 'CLUSTER', '/mnt/shared', 'ssd,nvme']);
  for (const { host } of [first, second]) assert.ok(host.calls.filter((call) => call === 'pool/prepare').length >= 2);
  const used = await list('listStoragePools', { hostid: second.id });
  assert.deepEqual(new Set(used.items.map(({ id }) => id)), new Set([second.poolId, made.id]));
});

test('a cluster is named where a cluster is meant', async () => {
  assert.match(await refused({ url: 'SharedMountPoint:///mnt/x' }), /clusterid is missing/);
});

test('storage that this version does not have is refused with what it has', async () => {
  assert.match(
    await refused({ url: 'rbd://10.0.0.1/export' }),
    /nfs:\/\/SERVER\/PATH, SharedMountPoint:\/\/\/DIRECTORY or file:\/\/\/DIRECTORY; rbd is not there yet/,
  );
  assert.match(await refused({ url: 'file:///p', provider: 'SolidFire' }), /DefaultPrimary alone/);
  assert.match(await refused({ url: 'file:///p', scope: 'ZONE' }), /Use scope=HOST, or SharedMountPoint:\/\/\/p/);
  assert.match(await refused({ url: 'SharedMountPoint:///p', scope: 'HOST' }), /Use scope=CLUSTER/);
});

test('a directory is an absolute path without tricks', async () => {
  for (const url of [
    'file:///',
    'file:///a/../../etc',
    'file:///a//b',
    'file:///a%20b',
    "file:///a'b",
    'file://server/a',
    'file:a',
    '/a',
  ])
    assert.equal((await refusal('createStoragePool', pool({ url }))).code, 431, url);
});

test('a directory is one pool, and a name too', async () => {
  assert.match(await refused({ url: 'file:///pool', 'details[0].hostid': first.id }), /is that of the primary storage pool-/);
  const again = { url: 'file:///b', 'details[0].hostid': first.id, name: `pool-${first.id}` };
  assert.match(await refused(again), /has a primary storage named pool-.* already/);
});

test('a pool with volumes stays, and without goes', async () => {
  const { id } = await make('createStoragePool', pool({ url: 'file:///c', 'details[0].hostid': first.id }));
  const caller = await zone.server.cloud.db.selectFrom('account').select(['id', 'domain_id']).executeTakeFirstOrThrow();
  const volume = {
    id: randomUUID(),
    zone_id: zone.zoneId,
    storage_pool_id: id,
    name: 'v',
    type: 'ROOT',
    size_bytes: 5e9,
    state: 'Ready',
  };
  await zone.server.cloud.db
    .insertInto('volume')
    .values({ ...volume, account_id: caller.id, domain_id: caller.domain_id })
    .execute();
  assert.equal((await list('listStoragePools', { id })).items[0]!.disksizeallocated, 5e9);
  assert.match((await refusal('deleteStoragePool', { id, forced: true })).text, /it still has 1 volume\./);
  await zone.server.cloud.db.updateTable('volume').set({ state: 'Destroy' }).where('id', '=', volume.id).execute();
  assert.match((await refusal('deleteStoragePool', { id })).text, /it still has 1 volume\./);
  assert.equal((await make('deleteStoragePool', { id, forced: true })).success, true);
  assert.equal((await list('listStoragePools', { path: '/c' })).count, 0);
});

test('where no agent is connected, nobody can make a directory ready, and the refusal names the host', async () => {
  const away = await zone.addHost();
  await away.host.disconnect();
  await until(async () => !(await zone.server.cloud.agents.connected(away.id)), 'the end of the connection');
  const text = await refused({ url: 'file:///d', 'details[0].hostid': away.id });
  assert.match(text, new RegExp(`is connected \\(${away.host.facts.hostname}\\)`));
});

test('an image store tells its size, and whom it serves', async () => {
  const { items } = await list('listImageStores', { zoneid: zone.zoneId });
  const { providername, protocol, scope, disksizetotal, zoneid } = items[0]!;
  assert.deepEqual([providername, protocol, scope, disksizetotal, zoneid], ['Filesystem', 'file', 'ZONE', 1e12, zone.zoneId]);
  const region = await make('addImageStore', { provider: 'filesystem', url: 'file:///region' });
  assert.deepEqual([region.scope, region.zoneid], ['REGION', undefined]);
  assert.equal((await list('listImageStores', { zoneid: zone.zoneId })).count, 2);
  assert.equal((await make('deleteImageStore', { id: region.id })).success, true);
});

test('an image store with a template stays', async () => {
  const [store] = (await list('listImageStores', { zoneid: zone.zoneId })).items;
  const { code, text } = await refusal('deleteImageStore', { id: store!.id });
  assert.equal(code, 536);
  assert.match(text, /1 template is in it \(t\)/);
});

test('other kinds of image store are refused with the one that there is', async () => {
  const nfs = await refusal('addImageStore', { provider: 'NFS', url: 'nfs://10.0.0.1/images' });
  assert.match(nfs.text, /Use provider=Filesystem and url=file:\/\/\/DIRECTORY/);
  assert.match((await refusal('addImageStore', { provider: 'Filesystem' })).text, /url is missing/);
  assert.match(
    (await refusal('addImageStore', { provider: 'Filesystem', url: 'file:///store' })).text,
    /is that of the image store s already/,
  );
});
