import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { type Values, withServer } from '../../http/testing.ts';
import { admin } from './testing.ts';

const hypervisors = [
  { type: 'KVM', macPrefix: '52:54:00' },
  { type: 'XEN', macPrefix: '00:16:3e' },
];
const server = await withServer({ hypervisors });
const { make, list, refusal } = admin(server);
const zoneValues = { networktype: 'Advanced', dns1: '9.9.9.9', internaldns1: '9.9.9.9' };
let count = 0;
const newZone = () => make('createZone', { name: `zone${++count}`, ...zoneValues });
const newPod = (zoneid: string, more: Values = {}) => make('createPod', { name: `pod${++count}`, zoneid, ...more });
const cluster = (zoneid: string, podid: string, more: Values = {}) => ({
  ...{ zoneid, podid, clustername: `cluster${++count}`, hypervisor: 'KVM', clustertype: 'CloudManaged' },
  ...more,
});
const names = (items: readonly { readonly name: string }[]): readonly string[] => items.map(({ name }) => name);

test('a zone is made disabled, changed, enabled, listed and deleted', async () => {
  const { id, allocationstate } = await newZone();
  assert.equal(allocationstate, 'Disabled');
  const changed = await make('updateZone', { id, allocationstate: 'Enabled', dns2: '1.1.1.1', name: 'renamed' });
  assert.deepEqual([changed.name, changed.allocationstate, changed.dns2], ['renamed', 'Enabled', '1.1.1.1']);
  const { count, items } = await list('listZones', { id, available: true });
  assert.deepEqual([count, names(items)], [1, ['renamed']]);
  assert.equal((await make('deleteZone', { id })).success, true);
  assert.match((await refusal('listZones', { id })).text, /entity does not exist/);
});

test('a zone’s name is its own', async () => {
  const { name } = await newZone();
  assert.match((await refusal('createZone', { name, ...zoneValues })).text, /named zone\d+ exists already/);
});

test('a zone’s addresses are addresses', async () => {
  const refused = await refusal('createZone', { name: 'x', ...zoneValues, dns1: 'dns.example' });
  assert.deepEqual(refused, { code: 431, text: 'dns1=dns.example is not an IPv4 address.' });
  const guests = await refusal('createZone', { name: 'x', ...zoneValues, guestcidraddress: '10.1.1.1/24' });
  assert.match(guests.text, /is not a network such as 10\.1\.1\.0\/24/);
});

test('the domain of a zone is a domain’s name, for hosts are configured with it', async () => {
  for (const domain of ['a\ndhcp-script=/bin/sh', 'a/b', '-a', 'a..b'])
    assert.match((await refusal('createZone', { ...zoneValues, name: 'named', domain })).text, /is not a domain name/);
  const { domain } = await make('createZone', { ...zoneValues, name: 'named', domain: 'guests.example.org' });
  assert.equal(domain, 'guests.example.org');
});

test('a zone with something in it cannot be deleted, and says with numbers what is there', async () => {
  const zone = await newZone();
  await newPod(zone.id);
  await newPod(zone.id);
  await make('createPhysicalNetwork', { name: 'p', zoneid: zone.id });
  assert.deepEqual(await refusal('deleteZone', { id: zone.id }), {
    code: 536,
    text: `The zone ${zone.name} cannot be deleted: it still has 2 pods and 1 physical network. Remove them first.`,
  });
});

test('lists are paged in a stable order, and tell how many there are', async () => {
  const { id: zoneid } = await newZone();
  for (const name of ['alpha', 'beta', 'gamma']) await make('createPod', { name, zoneid });
  const first = await list('listPods', { zoneid, page: 1, pagesize: 2 });
  const second = await list('listPods', { zoneid, page: 2, pagesize: 2 });
  assert.deepEqual([first.count, names(first.items)], [3, ['alpha', 'beta']]);
  assert.deepEqual([second.count, names(second.items)], [3, ['gamma']]);
});

test('a keyword is a part of a name in any case, never a pattern', async () => {
  const { id: zoneid } = await newZone();
  await make('createPod', { name: 'Beta', zoneid });
  assert.deepEqual(names((await list('listPods', { zoneid, keyword: 'ET' })).items), ['Beta']);
  assert.equal((await list('listPods', { zoneid, keyword: '%' })).count, 0);
});

const management = { gateway: '10.9.0.1', netmask: '255.255.255.0', startip: '10.9.0.10', endip: '10.9.0.20' };

test('a pod’s management network is shown, and can be changed', async () => {
  const pod = await newPod((await newZone()).id, management);
  assert.deepEqual([pod.startip, pod.endip, pod.ipranges[0]!.cidr], [['10.9.0.10'], ['10.9.0.20'], '10.9.0.0/24']);
  const changed = await make('updatePod', { id: pod.id, endip: '10.9.0.12', name: 'moved' });
  assert.deepEqual([changed.name, changed.endip], ['moved', ['10.9.0.12']]);
});

test('a pod’s management network makes sense and overlaps with no other pod’s', async () => {
  const { id: zoneid } = await newZone();
  const { name } = await newPod(zoneid, management);
  const refused = async (more: Values) => (await refusal('createPod', { name: 'x', zoneid, ...more })).text;
  assert.equal(
    await refused({ ...management, startip: '10.9.0.15', endip: '10.9.0.30' }),
    `The addresses 10.9.0.15-10.9.0.30 overlap with 10.9.0.10-10.9.0.20 of the pod ${name}.`,
  );
  assert.match(await refused({ ...management, startip: '10.9.1.5' }), /startip=10\.9\.1\.5/);
  assert.match(await refused({ gateway: '10.9.0.1' }), /netmask is missing/);
});

test('a pod without a management network shows none', async () => {
  const pod = await newPod((await newZone()).id);
  assert.deepEqual([pod.gateway, pod.startip, pod.endip], [undefined, [], []]);
});

test('a cluster has one of the installation’s hypervisor types, however it is written', async () => {
  const zone = await newZone();
  const pod = await newPod(zone.id);
  const made = await make('addCluster', cluster(zone.id, pod.id, { hypervisor: 'xen' }));
  assert.deepEqual([made.hypervisortype, made.clustertype, typeof made.cpuovercommitratio], ['XEN', 'CloudManaged', 'string']);
  assert.deepEqual(await refusal('addCluster', cluster(zone.id, pod.id, { hypervisor: 'XenServer' })), {
    code: 431,
    text: 'The hypervisor type XenServer is not one of this installation. It has KVM, XEN.',
  });
});

test('a cluster is never converted into one of another type', async () => {
  const zone = await newZone();
  const pod = await newPod(zone.id);
  const { id } = await make('addCluster', cluster(zone.id, pod.id));
  const { text } = await refusal('updateCluster', { id, hypervisor: 'XEN' });
  assert.match(text, /is of type KVM and cannot become one of type XEN/);
  assert.equal((await make('updateCluster', { id, hypervisor: 'kvm', clustername: 'n' })).name, 'n');
});

test('a cluster stands in the way of its pod until it is deleted', async () => {
  const zone = await newZone();
  const pod = await newPod(zone.id);
  const { id } = await make('addCluster', cluster(zone.id, pod.id));
  assert.equal((await list('listClusters', { podid: pod.id, hypervisor: 'kvm' })).count, 1);
  assert.match((await refusal('deletePod', { id: pod.id })).text, /it still has 1 cluster\./);
  assert.equal((await make('deleteCluster', { id })).success, true);
  assert.equal((await make('deletePod', { id: pod.id })).success, true);
});

test('a cluster is in a pod of its zone', async () => {
  const [zone, other] = [await newZone(), await newZone()];
  const pod = await newPod(zone.id);
  assert.match((await refusal('addCluster', cluster(other.id, pod.id))).text, /is not in the zone/);
});

test('hypervisor types are those of the installation, or those of a zone’s clusters', async () => {
  const { id: zoneid } = await newZone();
  assert.deepEqual(names((await list('listHypervisors')).items), ['KVM', 'XEN']);
  assert.deepEqual(names((await list('listHypervisors', { zoneid })).items), []);
  await make('addCluster', cluster(zoneid, (await newPod(zoneid)).id, { hypervisor: 'XEN' }));
  assert.deepEqual(names((await list('listHypervisors', { zoneid })).items), ['XEN']);
});

test('operating systems have categories', async () => {
  const [category] = (await list('listOsCategories', { name: 'Debian' })).items;
  const { items } = await list('listOsTypes', { oscategoryid: category!.id, keyword: '12' });
  const shown = items.map(({ description, oscategoryname }) => [description, oscategoryname]);
  assert.deepEqual(shown, [['Debian GNU/Linux 12 (64-bit)', 'Debian']]);
});

test('capacity counts what hosts have and what is promised of it', async () => {
  const zone = await newZone();
  const pod = await newPod(zone.id);
  const { id: clusterid, name } = await make('addCluster', cluster(zone.id, pod.id));
  const id = randomUUID();
  const host = { id, guid: id, boot_id: id, name: 'h', address: '10.0.0.1', hypervisor: 'KVM', status: 'Up' };
  const size = { cpus: 4, cpu_mhz: 2000, memory_bytes: 8 * 2 ** 30 };
  await server.cloud.db
    .insertInto('host')
    .values({ ...host, ...size, zone_id: zone.id, pod_id: pod.id, cluster_id: clusterid })
    .execute();
  const { items } = await list('listCapacity', { clusterid });
  const [memory, cpu] = [0, 1].map((type) => items.find((capacity) => capacity.type === type)!);
  assert.deepEqual([memory!.capacitytotal, memory!.capacityused, memory!.percentused], [8 * 2 ** 30, 0, '0.00']);
  assert.deepEqual([cpu!.capacitytotal, cpu!.clustername], [8000, name]);
  const [shown] = (await list('listZones', { id: zone.id, showcapacities: true })).items;
  assert.deepEqual(
    shown!.capacity.map((capacity) => capacity.name),
    ['MEMORY', 'CPU'],
  );
});
