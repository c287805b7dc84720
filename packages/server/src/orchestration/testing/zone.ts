import {
  type HostFacts,
  imageStoreMethods,
  type Method,
  type ParamsOf,
  type ParsedParamsOf,
  Peer,
  type PeerError,
} from '@virtstack/protocol';
import { WebSocket } from 'ws';
import type { z } from 'zod';
import { type TestServer, withServer } from '../../http/testing.ts';
import type { ServerOptions } from '../../main.ts';
import { type Client, client } from './client.ts';
import { type AgentsServer, FakeHost } from './fake-host.ts';
import { until } from './until.ts';

/** A zone on a real server (database, HTTPS, certificates), made as an admin makes one; hosts and image store are in memory. */
export type TestZone = {
  readonly server: TestServer;
  readonly api: Client;
  readonly zoneId: string;
  readonly podId: string;
  readonly clusterId: string;
  readonly networkId: string;
  readonly templateId: string;
  readonly offeringId: string;
  readonly store: FakeImageStore;
  /** An agent arrives, its host is added, becomes Up and gets a storage pool of its own. */
  addHost(facts?: Partial<HostFacts>): Promise<TestHost>;
};
export type TestHost = { readonly id: string; readonly host: FakeHost; readonly poolId: string };

let addresses = 10;

export async function withZone(options: Partial<ServerOptions> = {}): Promise<TestZone> {
  const server = await withServer(options);
  const api = client(server);
  const zone = await makeZone(api);
  const store = new FakeImageStore();
  await store.connect(server);
  await api.one('addImageStore', { provider: 'Filesystem', url: 'file:///store', zoneid: zone.zoneId, name: 's' });
  const image = { url: 'https://images.example/t.qcow2', format: 'QCOW2', hypervisor: 'KVM' };
  const [template] = await api.list('registerTemplate', { name: 't', ...image, zoneid: zone.zoneId, ispublic: true });
  const templateId = template!.id!;
  const isReady = async () => (await api.list('listTemplates', { templatefilter: 'all', id: templateId }))[0]?.isready;
  await until(isReady, 'the template');
  const [offering] = await api.list('listServiceOfferings', { name: 'Small Instance' });
  const rest = { server, api, store, templateId, offeringId: offering!.id! };
  return { ...zone, ...rest, addHost: (facts = {}) => addHost(server, api, zone, facts) };
}

type Place = Pick<TestZone, 'zoneId' | 'podId' | 'clusterId' | 'networkId'>;

async function makeZone(api: Client): Promise<Place> {
  const dns = { dns1: '192.0.2.53', internaldns1: '192.0.2.53' };
  const zone = await api.one('createZone', {
    name: 'z',
    networktype: 'Advanced',
    ...dns,
    localstorageenabled: true,
    allocationstate: 'Enabled',
  });
  const zoneid = zone.id!;
  const physical = await api.job('createPhysicalNetwork', { name: 'p', zoneid });
  await api.job('addTrafficType', { physicalnetworkid: physical.made.id!, traffictype: 'Guest', kvmnetworklabel: 'br0' });
  const addresses = { gateway: '192.0.2.1', netmask: '255.255.255.0', startip: '192.0.2.2', endip: '192.0.2.9' };
  const pod = await api.one('createPod', { name: 'pod', zoneid, ...addresses });
  const kind = { hypervisor: 'KVM', clustertype: 'CloudManaged' };
  const [cluster] = await api.list('addCluster', { clustername: 'c', zoneid, podid: pod.id!, ...kind });
  const [offering] = await api.list('listNetworkOfferings', { guestiptype: 'Shared' });
  const range = { gateway: '10.1.0.1', netmask: '255.255.0.0', startip: '10.1.0.10', endip: '10.1.3.250', vlan: 'untagged' };
  const network = await api.one('createNetwork', { name: 'n', zoneid, networkofferingid: offering!.id!, ...range });
  return { zoneId: zoneid, podId: pod.id!, clusterId: cluster!.id!, networkId: network.id! };
}

async function addHost(server: TestServer, api: Client, zone: Place, facts: Partial<HostFacts>): Promise<TestHost> {
  const address = `192.0.2.${addresses++}`;
  const host = new FakeHost(server, { addresses: [address], ...facts });
  await host.connect();
  const place = { zoneid: zone.zoneId, podid: zone.podId, clusterid: zone.clusterId };
  const [added] = await api.list('addHost', { ...place, hypervisor: 'KVM', url: `http://${address}` });
  const id = added!.id!;
  await until(async () => (await api.list('listHosts', { id }))[0]?.state === 'Up', 'the host');
  const local = { url: 'file:///pool', scope: 'HOST', 'details[0].hostid': id };
  const pool = await api.one('createStoragePool', { ...place, name: `pool-${id}`, ...local });
  return { id, host, poolId: pool.id! };
}

/** An image store in memory. */
export class FakeImageStore {
  readonly images = new Set<string>();
  connected = false;
  failure: PeerError | undefined;
  /** What it was asked for last. */
  asked: ParsedParamsOf<typeof imageStoreMethods.download> | undefined;
  /** What a call waits for before it acts, and after it acted. */
  gate: ((method: string, params: unknown) => Promise<void>) | undefined;
  acted: ((method: string, params: unknown) => Promise<void>) | undefined;

  async connect(server: AgentsServer): Promise<void> {
    const { certificate, key } = await server.cloud.authority.issue({
      commonName: 'image-store',
      names: [],
      addresses: [],
      days: 1,
    });
    const socket = new WebSocket(`wss://127.0.0.1:${server.agentAddress.port}/image-store`, {
      cert: certificate,
      key,
      ca: server.authority,
    });
    const peer = new Peer(socket);
    const on = <M extends Method<z.ZodType, z.ZodType>>(
      method: M,
      act: (params: ParsedParamsOf<M>) => ParamsOf<{ params: M['result'] }>,
    ): void =>
      peer.handle(method, async (params) => {
        await this.gate?.(method.name, params);
        const result = act(params);
        await this.acted?.(method.name, params);
        return result;
      });
    on(imageStoreMethods.capacity, () => ({ capacityBytes: 1e12, usedBytes: 0 }));
    on(imageStoreMethods.delete, ({ id }) => {
      this.images.delete(id);
      return {};
    });
    on(imageStoreMethods.download, (asked) => {
      const { id, store, format } = asked;
      this.asked = asked;
      if (this.failure) throw this.failure;
      this.images.add(id);
      return { path: `${store}/${id}.${format}`, sizeBytes: 10_000_000, virtualSizeBytes: 2 ** 30, sha512: 'a'.repeat(128) };
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    peer.listen();
    this.connected = true;
    peer.onClose(() => (this.connected = false));
  }
}
