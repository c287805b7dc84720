import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ResponseOf } from '@virtstack/contract';
import { networkLabels } from '@virtstack/contract/names.ts';
import { until } from '@virtstack/shell/run.ts';
import { say } from '@virtstack/shell/say.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import type { ApiClient } from './api-client.ts';
import { hostIsUp } from './host-is-up.ts';
import type { Paths } from './paths.ts';
import { serveOnce } from './serve-once.ts';
import { freeSubnet, type Subnet } from './subnet.ts';

export type Wanted = { readonly hypervisor: string; readonly tiny: () => Promise<string>; readonly paths: Paths };

/** The bridge that the cloud makes and owns (setting `guest.bridge.own`). */
const bridge = 'virtstack0';

/** Makes a ready zone of this machine, through the API as any admin would; what is there already is left as it is. */
export async function provision(api: ApiClient, wanted: Wanted): Promise<{ zone: string; network: string; template: string }> {
  const zone = await ensure(api, 'listZones', { name: 'zone1' }, 'zone zone1', () => makeZone(api));
  await ensureNetworkParts(api, zone);
  const pod = await ensure(api, 'listPods', { zoneid: zone, name: 'pod1' }, 'pod pod1', () => makePod(api, zone));
  const cluster = await ensure(
    api,
    'listClusters',
    { zoneid: zone, podid: pod, name: 'cluster1' },
    `cluster cluster1 (${wanted.hypervisor})`,
    async () =>
      api.one('addCluster', {
        zoneid: zone,
        podid: pod,
        clustername: 'cluster1',
        clustertype: 'CloudManaged',
        hypervisor: wanted.hypervisor,
      }),
  );
  const host = await ensure(api, 'listHosts', { clusterid: cluster, type: 'Routing' }, `host ${hostname()}`, () =>
    addThisHost(api, { zone, pod, cluster, ...wanted }),
  );
  await ensure(api, 'listStoragePools', { zoneid: zone, name: 'local' }, `primary storage ${wanted.paths.primary}`, () =>
    api.one('createStoragePool', {
      name: 'local',
      zoneid: zone,
      podid: pod,
      clusterid: cluster,
      scope: 'HOST',
      url: `file://${wanted.paths.primary}`,
      'details[0].hostid': host,
    }),
  );
  await ensure(api, 'listImageStores', { zoneid: zone, name: 'images' }, `image store ${wanted.paths.images}`, () =>
    api.one('addImageStore', { name: 'images', zoneid: zone, provider: 'Filesystem', url: `file://${wanted.paths.images}` }),
  );
  const network = await ensure(api, 'listNetworks', { zoneid: zone, listall: true, keyword: 'guest' }, 'guest network', () =>
    makeNetwork(api, zone),
  );
  const template = await ensureTemplate(api, zone, wanted);
  await api.call('updateZone', { id: zone, allocationstate: 'Enabled' });
  return { zone, network, template };
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

async function addThisHost(
  api: ApiClient,
  { zone, pod, cluster, hypervisor }: Wanted & { zone: string; pod: string; cluster: string },
) {
  // This machine may have no hardware acceleration; an admin who runs the cloud on it has chosen it.
  await api.call('updateConfiguration', { name: 'host.allow.emulation', value: true });
  let refused: unknown;
  let added: { id?: string | null | undefined } | undefined;
  const add = async (): Promise<boolean> => {
    try {
      added = await api.one('addHost', { zoneid: zone, podid: pod, clusterid: cluster, hypervisor, url: 'http://127.0.0.1' });
      return true;
    } catch (error) {
      refused = error;
      return false;
    }
  };
  // The agent of this machine connects within a second or two of its start; probing acceleration may take longer once.
  if (!(await until(add, 60_000))) throw refused;
  if (!(await until(async () => hostIsUp(api), 30_000)))
    throw new UserError('this machine was added, but its agent does not stay connected: ./virtstack logs agent');
  return added!;
}

async function makeNetwork(api: ApiClient, zone: string) {
  const offering = (await api.list('listNetworkOfferings', { name: 'DefaultSharedNetworkOffering' }))[0];
  const subnet: Subnet = await freeSubnet();
  return api.one('createNetwork', {
    ...{
      name: 'guest',
      displaytext: 'Guests of this machine, behind its address',
      zoneid: zone,
      networkofferingid: offering!.id!,
    },
    ...{ gateway: subnet.gateway, netmask: subnet.netmask, startip: subnet.start, endip: subnet.end, vlan: 'untagged' },
  });
}

async function ensureTemplate(api: ApiClient, zone: string, wanted: Wanted): Promise<string> {
  const existing = (await api.list('listTemplates', { templatefilter: 'all', zoneid: zone, name: 'tiny-linux' }))[0];
  if (existing?.isready) return existing.id!;
  if (existing) await api.job('deleteTemplate', { id: existing.id! });
  const image = await wanted.tiny();
  say('registering the template tiny-linux');
  const source = await serveOnce(image);
  const others = await allowedSites(api);
  try {
    // Images are fetched from public addresses only; for the time of this fetch also from the one where this process serves the file.
    await allowSites(api, [...others, ownSite]);
    const osType = (await api.list('listOsTypes', { keyword: 'Other Linux (64-bit)' }))[0];
    const { id } = await api.one('registerTemplate', {
      ...{
        name: 'tiny-linux',
        displaytext: 'Tiny Linux: busybox, boots in seconds',
        url: source.url,
        format: 'QCOW2',
        zoneid: zone,
      },
      ...{ hypervisor: wanted.hypervisor, ispublic: true, isfeatured: true, ...(osType?.id && { ostypeid: osType.id }) },
    });
    return await templateReady(api, id!);
  } finally {
    source.close();
    await allowSites(api, others);
  }
}

const ownSite = '127.0.0.1/32';
const siteSetting = 'secstorage.allowed.internal.sites';

/** The networks that an admin allowed; ours is not among them, even where an earlier start was killed before it took it back. */
async function allowedSites(api: ApiClient): Promise<string[]> {
  const [setting] = await api.list('listConfigurations', { name: siteSetting });
  return (setting?.value ?? '')
    .split(',')
    .map((site) => site.trim())
    .filter((site) => site !== '' && site !== ownSite);
}

const allowSites = (api: ApiClient, sites: readonly string[]): Promise<unknown> =>
  api.call('updateConfiguration', { name: siteSetting, value: sites.join(',') });

/** Waits for what the image store makes of the template. @throws {UserError} it was refused, with the reason, or is not there in time. */
async function templateReady(api: ApiClient, id: string): Promise<string> {
  let template: ResponseOf<'listTemplates'> | undefined;
  const settled = async (): Promise<boolean> => {
    template = (await api.list('listTemplates', { templatefilter: 'all', id }))[0];
    const downloads = template?.downloaddetails ?? [];
    return !downloads.some(({ downloadState }) => downloadState === 'DOWNLOAD_IN_PROGRESS');
  };
  await until(settled, 120_000);
  if (!template?.isready) throw new UserError(`the template tiny-linux was not taken: ${template?.status ?? 'it was deleted'}`);
  return id;
}
