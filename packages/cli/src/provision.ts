import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { networkLabels } from '@virtstack/contract/names.ts';
import { until } from '@virtstack/shell/run.ts';
import { say } from '@virtstack/shell/say.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import type { ApiClient } from './api-client.ts';
import { hostIsUp } from './host-is-up.ts';
import type { Hosts, NewHost } from './hosts.ts';
import type { Paths } from './paths.ts';
import { freeSubnet, type Subnet } from './subnet.ts';
import { ensureTemplate } from './template.ts';

export type Wanted = { readonly hosts: Hosts; readonly tiny: () => Promise<string>; readonly paths: Paths };

/** What `up` made: ids, and those hosts by name that have one. */
export type Ready = {
  readonly zone: string;
  readonly pod: string;
  readonly network: string;
  readonly templates: readonly string[];
  readonly hosts: readonly string[];
};

/** The bridge that the cloud makes and owns (setting `guest.bridge.own`). */
const bridge = 'virtstack0';

/** Makes a ready zone of these hosts, through the API as any admin would; what is there already is left as it is. */
export async function provision(api: ApiClient, { hosts, tiny, paths }: Wanted): Promise<Ready> {
  const zone = await ensure(api, 'listZones', { name: 'zone1' }, 'zone zone1', () => makeZone(api));
  await ensureNetworkParts(api, zone);
  const pod = await ensure(api, 'listPods', { zoneid: zone, name: 'pod1' }, 'pod pod1', () => makePod(api, zone));
  if (hosts.emulation) await api.call('updateConfiguration', { name: 'host.allow.emulation', value: true });
  await ensureHosts(api, { zoneid: zone, podid: pod }, hosts.all);
  await ensure(api, 'listImageStores', { zoneid: zone, name: 'images' }, `image store ${paths.images}`, () =>
    api.one('addImageStore', { name: 'images', zoneid: zone, provider: 'Filesystem', url: `file://${paths.images}` }),
  );
  const network = await ensure(api, 'listNetworks', { zoneid: zone, listall: true, keyword: 'guest' }, 'guest network', () =>
    makeNetwork(api, zone),
  );
  const templates: string[] = [];
  for (const template of tinyFor(hosts.all)) templates.push(await ensureTemplate(api, { ...template, zone, image: tiny }));
  await api.call('updateZone', { id: zone, allocationstate: 'Enabled' });
  return { zone, pod, network, templates, hosts: hosts.all.flatMap(({ name }) => name ?? []) };
}

/** One small template for each hypervisor. */
function tinyFor(hosts: readonly NewHost[]): { name: string; hypervisor: string }[] {
  const hypervisors = [...new Set(hosts.map(({ hypervisor }) => hypervisor))];
  const nameOf = (hypervisor: string): string =>
    hypervisors.length === 1 ? 'tiny-linux' : `tiny-linux-${hypervisor.toLowerCase()}`;
  return hypervisors.map((hypervisor) => ({ name: nameOf(hypervisor), hypervisor }));
}

type ListName = Parameters<ApiClient['list']>[0];
type Values = Parameters<ApiClient['call']>[1];

async function ensure(
  api: ApiClient,
  list: ListName,
  by: Values,
  what: string,
  make: () => Promise<{ id?: string | null | undefined }>,
): Promise<string> {
  const found = (await api.list(list, by)) as { id?: string }[];
  if (found[0]?.id) return found[0].id;
  say(`making ${what}`);
  return (await make()).id!;
}

function makeZone(api: ApiClient) {
  const servers = nameServers();
  return api.one('createZone', {
    name: 'zone1',
    networktype: 'Advanced',
    dns1: servers[0]!,
    internaldns1: servers[0]!,
    ...(servers[1] && { dns2: servers[1] }),
    localstorageenabled: true,
  });
}

function nameServers(): string[] {
  const text = readFileSync('/etc/resolv.conf', { encoding: 'utf8', flag: 'a+' });
  const own = [...text.matchAll(/^nameserver\s+(\d+\.\d+\.\d+\.\d+)/gm)]
    .map((match) => match[1]!)
    .filter((address) => !address.startsWith('127.'));
  return own.length ? own : ['9.9.9.9', '1.1.1.1'];
}

async function ensureNetworkParts(api: ApiClient, zone: string): Promise<void> {
  const physical = await ensure(api, 'listPhysicalNetworks', { zoneid: zone }, 'physical network', () =>
    api.job('createPhysicalNetwork', { zoneid: zone, name: 'physical' }),
  );
  await ensure(api, 'listTrafficTypes', { physicalnetworkid: physical }, `guest traffic on the bridge ${bridge}`, () =>
    api.job('addTrafficType', { physicalnetworkid: physical, traffictype: 'Guest', ...networkLabels(bridge) }),
  );
}

/** System VMs will take their addresses from a pod; a machine by itself has none to give, so a private range stands in. */
const makePod = (api: ApiClient, zone: string) =>
  api.one('createPod', {
    zoneid: zone,
    name: 'pod1',
    gateway: '172.31.255.1',
    netmask: '255.255.255.0',
    startip: '172.31.255.10',
    endip: '172.31.255.250',
  });

type Place = { readonly zoneid: string; readonly podid: string };

/** The hosts in their clusters. Each takes its time: side by side. */
async function ensureHosts(api: ApiClient, place: Place, hosts: readonly NewHost[]): Promise<void> {
  const clusters = new Map<string, string>();
  for (const { cluster, hypervisor } of hosts)
    if (!clusters.has(cluster)) clusters.set(cluster, await ensureCluster(api, place, cluster, hypervisor));
  await Promise.all(hosts.map((host) => ensureHost(api, { ...place, clusterid: clusters.get(host.cluster)! }, host)));
}

const ensureCluster = (api: ApiClient, place: Place, clustername: string, hypervisor: string): Promise<string> =>
  ensure(api, 'listClusters', { ...place, name: clustername }, `cluster ${clustername} (${hypervisor})`, () =>
    api.one('addCluster', { ...place, clustername, clustertype: 'CloudManaged', hypervisor }),
  );

/** The host, with its local primary storage. */
async function ensureHost(api: ApiClient, place: Place & { readonly clusterid: string }, host: NewHost): Promise<void> {
  const { clusterid, zoneid } = place;
  const { name, hypervisor, primary, url, username } = host;
  const by = { clusterid, type: 'Routing', ...(name && { name }) };
  const id = await ensure(api, 'listHosts', by, `host ${name ?? hostname()}`, () =>
    addHost(api, { ...place, hypervisor, url, username }),
  );
  const pool = { clusterid, name: host.pool, scope: 'HOST', url: `file://${primary}`, 'details[0].hostid': id };
  await ensure(api, 'listStoragePools', { zoneid, name: host.pool }, `primary storage ${primary}`, () =>
    api.one('createStoragePool', { ...place, ...pool }),
  );
}

type Added = { id?: string | null | undefined };

/** Adds a host that is Up then. @throws the API's words. */
async function addHost(api: ApiClient, what: Values & { readonly url: string }): Promise<Added> {
  const added = what.username === undefined ? await takenIn(api, what) : await api.one('addHost', what);
  if (!(await until(async () => hostIsUp(api, added.id!), 30_000)))
    throw new UserError(`the host at ${what.url} was added, but its agent does not stay connected: ./virtstack logs agent`);
  return added;
}

/** A host whose agent connects within seconds of its start; probing acceleration may take longer once. */
async function takenIn(api: ApiClient, what: Values): Promise<Added> {
  let refused: unknown;
  let added: Added | undefined;
  const add = async (): Promise<boolean> => {
    try {
      added = await api.one('addHost', what);
      return true;
    } catch (error) {
      refused = error;
      return false;
    }
  };
  if (!(await until(add, 240_000))) throw refused;
  return added!;
}

async function makeNetwork(api: ApiClient, zone: string) {
  const offering = (await api.list('listNetworkOfferings', { name: 'DefaultSharedNetworkOffering' }))[0];
  const subnet: Subnet = await freeSubnet();
  return api.one('createNetwork', {
    ...{
      name: 'guest',
      displaytext: 'Guests of a host, behind its address',
      zoneid: zone,
      networkofferingid: offering!.id!,
    },
    ...{ gateway: subnet.gateway, netmask: subnet.netmask, startip: subnet.start, endip: subnet.end, vlan: 'untagged' },
  });
}
