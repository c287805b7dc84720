import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Database, openDatabase } from '../../../db/database.ts';
import { type Content, callAs, type Values } from '../../../http/testing.ts';
import { type Client, client } from '../../testing/client.ts';
import { FakeHost } from '../../testing/fake-host.ts';
import { type ServerProcess, startServerProcess } from '../../testing/server-process.ts';
import { until } from '../../testing/until.ts';
import { type FakeImageStore, type TestHost, type TestZone, withZone } from '../../testing/zone.ts';
import { type HeldJournal, holdJournal } from './held-journal.ts';

export type Place = Pick<TestZone, 'zoneId' | 'podId' | 'clusterId' | 'networkId' | 'templateId' | 'offeringId'>;

/** A zone whose server is a process that can be killed, with hosts and an image store that come back by themselves. */
export type KilledWorld = {
  readonly db: Database;
  readonly journal: HeldJournal;
  readonly place: Place;
  /** Two hosts with one shared pool, which stay. */
  readonly hosts: readonly TestHost[];
  readonly store: FakeImageStore;
  /** Of shared storage. */
  readonly sharedOfferingId: string;
  /** Every start of a guest beside itself. */
  readonly twins: readonly string[];
  /** Of the server that runs now. */
  readonly api: Client;
  ask(command: string, values: Values): Promise<Content>;
  /** One more, in a cluster beside theirs, which the server has set up. */
  addHost(): Promise<TestHost>;
  kill(): Promise<void>;
  /** Starts the server anew and waits until all are connected. */
  start(): Promise<void>;
};

// At import, where the hook belongs to the file and not to whoever makes a world.
const ends: (() => unknown)[] = [];
after(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const room = { memoryBytes: 512 * 2 ** 30, cpus: 512 };

export async function killedWorld(): Promise<KilledWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'killed-'));
  ends.push(() => rm(dataDir, { recursive: true, force: true }));
  const zone = await withZone({ dataDir });
  const { databaseUrl, firstAdmin } = zone.server;
  const hosts = [await zone.addHost(room), await zone.addHost(room)];
  const [one, two] = hosts.map(({ host }) => host);
  // What lies on shared storage both have.
  two!.volumes = one!.volumes;
  two!.images = one!.images;
  const cluster = { zoneid: zone.zoneId, podid: zone.podId, clusterid: zone.clusterId };
  await zone.api.one('createStoragePool', { ...cluster, name: 'nfs', url: 'nfs://10.0.0.1/primary', scope: 'CLUSTER' });
  const kind = { hypervisor: 'KVM', clustertype: 'CloudManaged' };
  const [beside] = await zone.api.list('addCluster', { clustername: 'beside', zoneid: zone.zoneId, podid: zone.podId, ...kind });
  const shared = await zone.api.one('createServiceOffering', { name: 'roaming', cpunumber: 1, cpuspeed: 100, memory: 128 });
  await zone.server.close();
  const db = openDatabase(databaseUrl);
  ends.push(() => db.destroy());
  const all = hosts.map(({ host }) => host);
  const twins: string[] = [];
  let server: ServerProcess | undefined;
  stayConnected(all, zone.store, () => server);
  const connect = async (): Promise<void> => {
    await until(() => zone.store.connected && all.every((host) => host.connected), 'all connections');
  };
  const journal = await holdJournal(db, databaseUrl);
  ends.push(() => journal.close());
  const world = {
    ...{ db, hosts, store: zone.store, twins, place: zone, sharedOfferingId: shared.id! },
    journal,
    get api() {
      return client(server!);
    },
    ask: (command: string, values: Values) => callAs(server!, firstAdmin!, command, values),
    addHost: async () => {
      const host = new FakeHost(server!, { ...room, addresses: [`192.0.2.${100 + all.length}`] });
      await host.connect();
      const [added] = await client(server!).list('addHost', {
        ...cluster,
        clusterid: beside!.id!,
        hypervisor: 'KVM',
        url: `http://${host.facts.addresses[0]}`,
      });
      await db.updateTable('host').set({ set_up: true }).where('id', '=', added!.id!).execute();
      all.push(host);
      return { id: added!.id!, host, poolId: '' };
    },
    kill: async () => {
      const dying = server!;
      server = undefined;
      await dying.kill();
      await until(() => all.every((host) => !host.connected), 'the end of all connections');
    },
    start: async () => {
      server = await startServerProcess({ dataDir, db, config: { databaseUrl }, firstAdmin });
      await connect();
    },
  };
  for (const host of all) host.acted = watchTwins(host, all, twins);
  await world.start();
  return world;
}

/** As agents do: who loses his server looks for it. */
function stayConnected(hosts: readonly FakeHost[], store: FakeImageStore, server: () => ServerProcess | undefined): void {
  let connecting = false;
  const look = async (): Promise<void> => {
    const now = server();
    if (!now || connecting) return;
    connecting = true;
    try {
      if (!store.connected) await store.connect(now);
      for (const host of hosts) {
        host.server = now;
        if (!host.connected) await host.connect();
      }
    } finally {
      connecting = false;
    }
  };
  // It may be killed at this very moment.
  const timer = setInterval(() => void look().catch(() => {}), 20);
  ends.push(() => clearInterval(timer));
}

export const watchTwins =
  (host: FakeHost, all: readonly FakeHost[], twins: string[]) =>
  async (method: string, params: unknown): Promise<void> => {
    if (method !== 'guest/start') return;
    const { uuid } = (params as { guest: { uuid: string } }).guest;
    if (all.some((other) => other !== host && other.guests.get(uuid)?.state === 'running')) twins.push(uuid);
  };
