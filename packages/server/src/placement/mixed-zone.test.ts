import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Values } from '../http/testing.ts';
import type { Ended } from '../orchestration/testing/client.ts';
import { FakeHost } from '../orchestration/testing/fake-host.ts';
import { until } from '../orchestration/testing/until.ts';
import { type TestHost, type TestZone, withZone } from '../orchestration/testing/zone.ts';

const hypervisors = [
  { type: 'KVM', macPrefix: '52:54:00' },
  { type: 'XEN', macPrefix: '00:16:3e' },
  { type: 'Other', macPrefix: '02:00:00' },
];
let zone: TestZone;
let kvm: TestHost;
let xen: FakeHost;
/** By hypervisor type. */
const clusters: Record<string, string> = {};
const templates: Record<string, string> = {};

before(async () => {
  zone = await withZone({ hypervisors });
  kvm = await zone.addHost();
  clusters.KVM = zone.clusterId;
  templates.KVM = zone.templateId;
  clusters.XEN = await addCluster('XEN');
  xen = await addXenHost('192.0.2.211');
  for (const type of ['XEN', 'Other']) templates[type] = await register({ name: type, hypervisor: type, requireshvm: true });
});

const place = () => ({ zoneid: zone.zoneId, podid: zone.podId });

async function addCluster(hypervisor: string): Promise<string> {
  const cluster = { clustername: hypervisor, clustertype: 'CloudManaged', hypervisor };
  return (await zone.api.list('addCluster', { ...place(), ...cluster }))[0]!.id!;
}

async function addXenHost(address: string): Promise<FakeHost> {
  const modes = { virtualizationModes: ['pvh', 'pv', 'hvm'] as ('pvh' | 'pv' | 'hvm')[] };
  const host = new FakeHost(zone.server, { hypervisor: 'XEN', addresses: [address], ...modes });
  await host.connect();
  const cluster = { ...place(), clusterid: clusters.XEN! };
  const [added] = await zone.api.list('addHost', { ...cluster, hypervisor: 'XEN', url: `http://${address}` });
  await until(async () => (await zone.api.list('listHosts', { id: added!.id! }))[0]?.state === 'Up', 'the host');
  const pool = { name: 'xen-pool', url: 'file:///pool', scope: 'HOST', 'details[0].hostid': added!.id! };
  await zone.api.one('createStoragePool', { ...cluster, ...pool });
  return host;
}

async function register(values: Values): Promise<string> {
  const image = { url: 'https://images.example/t.qcow2', format: 'QCOW2', zoneid: zone.zoneId };
  const id = (await zone.api.list('registerTemplate', { ...image, ...values } as Values))[0]!.id!;
  await until(async () => (await zone.api.list('listTemplates', { templatefilter: 'all', id }))[0]?.isready, 'the template');
  return id;
}

const base = (type: string) => ({
  zoneid: zone.zoneId,
  serviceofferingid: zone.offeringId,
  templateid: templates[type]!,
});
const deploy = (type: string, values: Values = {}) =>
  zone.api.job('deployVirtualMachine', { ...base(type), ...values } as Values);
const details = (virtualizationMode: string) => ({ 'details[0].virtualizationMode': virtualizationMode });
/** In which mode a machine was started: as the host was told, and as admins are shown. */
async function modeOf(job: Promise<Ended<'deployVirtualMachine' | 'startVirtualMachine'>>): Promise<string | undefined> {
  const { made, errortext } = await job;
  assert.equal(errortext, undefined);
  const host = made.hypervisor === 'KVM' ? kvm.host : xen;
  assert.equal(made.details!.virtualizationModeInUse, host.guests.get(made.id!)!.mode);
  return made.details!.virtualizationModeInUse;
}
const prefer = (value: string, scope: Values = {}) =>
  zone.api.one('updateConfiguration', { name: 'virtualization.mode', value, ...scope });

test('a zone shows the types of its clusters, the installation all of its own', async () => {
  const names = async (values: Values = {}) => (await zone.api.list('listHypervisors', values)).map(({ name }) => name);
  assert.deepEqual(await names({ zoneid: zone.zoneId }), ['KVM', 'XEN']);
  assert.deepEqual(await names(), ['KVM', 'XEN', 'Other']);
});

test('the hypervisor of its template decides where a machine lands', async () => {
  for (let n = 0; n < 2; n++) {
    const [one, other] = [await deploy('KVM'), await deploy('XEN')];
    assert.deepEqual([one.made.hypervisor, one.made.hostname], ['KVM', kvm.host.facts.hostname]);
    assert.deepEqual([other.made.hypervisor, other.made.hostname], ['XEN', xen.facts.hostname]);
    assert.deepEqual(
      [one, other].map(({ made }) => made.nic![0]!.macaddress!.slice(0, 8)),
      ['52:54:00', '00:16:3e'],
    );
  }
});

test('a machine is not made of a template for another hypervisor than the one asked for', async () => {
  const refused = await zone.api.refusal('deployVirtualMachine', { ...base('XEN'), hypervisor: 'KVM' });
  assert.match(refused, /Template XEN is for XEN, not for KVM/);
});

test('a host or cluster of another type than the template’s is refused, and both are named', async () => {
  const refused = (values: Values) => zone.api.refusal('deployVirtualMachine', { ...base('XEN'), ...values } as Values);
  assert.match(await refused({ hostid: kvm.id }), /host-\w+ is of type KVM, and machines of template XEN run on XEN/);
  assert.match(await refused({ clusterid: zone.clusterId }), /c is of type KVM, and machines of template XEN run on XEN/);
  assert.equal((await deploy('XEN', { clusterid: clusters.XEN! })).status, 1);
});

test('a machine of a type of which the zone has no host is told so', async () => {
  const { errorcode, errortext } = await deploy('Other', { name: 'lonely' });
  assert.equal(errorcode, 533);
  assert.match(errortext!, /lonely needs .* on a Other host; the zone has none\. .*use a template for another hypervisor/);
});

test('a cluster takes no second type, and there is no turning one into another', async () => {
  const add = (values: Values) => zone.api.refusal('addHost', { ...place(), ...values } as Values);
  const late = new FakeHost(zone.server, { hypervisor: 'XEN', addresses: ['192.0.2.212'] });
  await late.connect();
  const url = 'http://192.0.2.212';
  assert.match(
    await add({ url, clusterid: zone.clusterId, hypervisor: 'KVM' }),
    /192\.0\.2\.212 is of type XEN, cluster c of type KVM; a cluster never mixes two\. Add it to a cluster of type XEN/,
  );
  assert.match(
    await add({ url, clusterid: zone.clusterId, hypervisor: 'XEN' }),
    /cluster c is of type KVM, and a cluster never mixes/,
  );
  assert.match(await add({ url, clusterid: clusters.XEN!, hypervisor: 'XenServer' }), /hypervisor is XenServer, but cluster XEN/);
  const convert = await zone.api.refusal('updateCluster', { id: clusters.XEN!, hypervisor: 'XenServer' });
  assert.match(convert, /of type XEN and cannot become one of type XenServer/);
  assert.match(
    await zone.api.refusal('addCluster', { ...place(), clustername: 'x', clustertype: 'CloudManaged', hypervisor: 'XenServer' }),
    /XenServer is not one of this installation/,
  );
});

test('a machine runs in the mode that it says, else its template, else the setting, else as its host likes best', async () => {
  assert.equal(await modeOf(deploy('XEN')), 'pvh');
  assert.equal(await modeOf(deploy('KVM')), 'hvm');
  await prefer('pv');
  assert.equal(await modeOf(deploy('XEN')), 'pv');
  assert.equal(await modeOf(deploy('KVM')), 'hvm', 'a preference that the host cannot do is none');
  templates.said = await register({ name: 'said', hypervisor: 'XEN', requireshvm: true, ...details('PVH') });
  assert.equal(await modeOf(deploy('said')), 'pvh');
  assert.equal(await modeOf(deploy('said', details('hvm'))), 'hvm');
  await prefer('');
});

test('the setting counts for the cluster before the zone, and for the zone before all', async () => {
  await prefer('pvh');
  await prefer('hvm', { zoneid: zone.zoneId });
  assert.equal(await modeOf(deploy('XEN')), 'hvm');
  await prefer('pv', { clusterid: clusters.XEN! });
  assert.equal(await modeOf(deploy('XEN')), 'pv');
  await zone.api.one('resetConfiguration', { name: 'virtualization.mode', clusterid: clusters.XEN! });
  assert.equal(await modeOf(deploy('XEN')), 'hvm');
  await zone.api.one('resetConfiguration', { name: 'virtualization.mode', zoneid: zone.zoneId });
  assert.equal(await modeOf(deploy('XEN')), 'pvh');
  await prefer('');
});

test('a mode that no host of the type offers is refused with those that they offer', async () => {
  const { errortext, errorcode } = await deploy('KVM', { name: 'wishful', ...details('pv') });
  assert.equal(errorcode, 533);
  assert.match(errortext!, /wishful is to run in mode pv, which no KVM host of the zone offers; they offer hvm\./);
});

test('a changed mode counts from the next start; the one in use is shown while it is in use', async () => {
  const { made } = await deploy('XEN', { name: 'changing' });
  const id = made.id!;
  assert.match(await zone.api.refusal('updateVirtualMachine', { id, ...details('best') }), /must be one of pv, pvh, hvm/);
  const changed = await zone.api.one('updateVirtualMachine', { id, ...details('hvm') });
  assert.deepEqual(changed.details, { virtualizationMode: 'hvm', virtualizationModeInUse: 'pvh' });
  await zone.api.job('stopVirtualMachine', { id });
  assert.deepEqual((await zone.api.list('listVirtualMachines', { id }))[0]!.details, { virtualizationMode: 'hvm' });
  assert.equal(await modeOf(zone.api.job('startVirtualMachine', { id })), 'hvm');
});
