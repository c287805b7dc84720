import { networkLabels } from '@virtstack/contract/names.ts';
import { until } from '@virtstack/shell/run.ts';
import type { LabHost } from '../../../../lab/host.ts';
import type { ApiClient } from '../api-client.ts';
import { serveOnce } from '../serve-once.ts';
import { primary } from './agent.ts';

export type Zone = { readonly id: string; readonly pod: string; readonly network: string };

/** A zone with one pod and a network for guests, made through the API as an admin would. */
export async function makeZone(api: ApiClient, images: string): Promise<Zone> {
  const dns = { dns1: '9.9.9.9', internaldns1: '9.9.9.9' };
  const zone = (await api.one('createZone', { name: 'lab', networktype: 'Advanced', localstorageenabled: true, ...dns })).id!;
  const physical = (await api.job('createPhysicalNetwork', { zoneid: zone, name: 'physical' })).id!;
  await api.job('addTrafficType', { physicalnetworkid: physical, traffictype: 'Guest', ...networkLabels('virtstack0') });
  const range = { gateway: '172.31.255.1', netmask: '255.255.255.0', startip: '172.31.255.10', endip: '172.31.255.250' };
  const pod = (await api.one('createPod', { zoneid: zone, name: 'pod1', ...range })).id!;
  await api.one('addImageStore', { name: 'images', zoneid: zone, provider: 'Filesystem', url: `file://${images}` });
  const network = await makeNetwork(api, zone);
  await api.call('updateZone', { id: zone, allocationstate: 'Enabled' });
  return { id: zone, pod, network };
}

async function makeNetwork(api: ApiClient, zone: string): Promise<string> {
  const [offering] = await api.list('listNetworkOfferings', { name: 'DefaultSharedNetworkOffering' });
  const range = { gateway: '10.1.1.1', netmask: '255.255.255.0', startip: '10.1.1.10', endip: '10.1.1.250', vlan: 'untagged' };
  const names = { name: 'guest', displaytext: 'Guests, behind their host', zoneid: zone, networkofferingid: offering!.id! };
  return (await api.one('createNetwork', { ...names, ...range })).id!;
}

/** Adds a host whose agent connects, to the cluster of its kind, with a primary storage of its own. @throws the API's words. */
export async function addHost(api: ApiClient, zone: Zone, host: LabHost): Promise<string> {
  const place = { zoneid: zone.id, podid: zone.pod };
  const cluster = await clusterOf(api, place, host.label);
  const what = { ...place, clusterid: cluster, hypervisor: host.label, url: `http://${host.address}` };
  let refused: unknown;
  let id: string | undefined;
  const add = async (): Promise<boolean> => {
    try {
      id = (await api.one('addHost', what)).id!;
      return true;
    } catch (error) {
      refused = error;
      return false;
    }
  };
  if (!(await until(add, 120_000))) throw refused;
  const pool = { name: `local-${host.name}`, scope: 'HOST', url: `file://${primary}`, clusterid: cluster };
  await api.one('createStoragePool', { ...place, ...pool, 'details[0].hostid': id! });
  return id!;
}

async function clusterOf(api: ApiClient, place: { zoneid: string; podid: string }, hypervisor: string): Promise<string> {
  const [known] = await api.list('listClusters', { ...place, name: hypervisor.toLowerCase() });
  if (known) return known.id!;
  const what = { clustername: hypervisor.toLowerCase(), clustertype: 'CloudManaged', hypervisor };
  return (await api.one('addCluster', { ...place, ...what })).id!;
}

/** Registers an image of this machine for a hypervisor and waits until it is there. @throws {Error} it was refused, with the reason. */
export async function registerImage(api: ApiClient, zone: Zone, image: string, hypervisor: string): Promise<string> {
  const source = await serveOnce(image);
  try {
    await api.call('updateConfiguration', { name: 'secstorage.allowed.internal.sites', value: '127.0.0.1/32' });
    const name = `tiny-${hypervisor.toLowerCase()}`;
    const facts = { name, displaytext: name, url: source.url, format: 'QCOW2', zoneid: zone.id, hypervisor };
    const { id } = await api.one('registerTemplate', { ...facts, ispublic: true, isfeatured: true });
    const of = async () => (await api.list('listTemplates', { templatefilter: 'all', id: id! }))[0];
    if (!(await until(async () => Boolean((await of())?.isready), 120_000))) throw new Error(`${name}: ${(await of())?.status}`);
    return id!;
  } finally {
    source.close();
    await api.call('updateConfiguration', { name: 'secstorage.allowed.internal.sites', value: '' });
  }
}
