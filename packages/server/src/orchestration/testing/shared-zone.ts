import assert from 'node:assert/strict';
import type { ServerOptions } from '../../main.ts';
import { type TestHost, type TestZone, withZone } from './zone.ts';

/** A zone of two hosts that share a pool, on which what is of `offering` lies: its machines can run on either. */
export type SharedZone = TestZone & {
  readonly one: TestHost;
  readonly two: TestHost;
  readonly pool: string;
  readonly offering: string;
};

/** Makes one; it ends with the test. */
export async function withSharedZone(options: Partial<ServerOptions> = {}): Promise<SharedZone> {
  const zone = await withZone(options);
  const room = { memoryBytes: 64 * 2 ** 30, cpus: 64 };
  const [one, two] = [await zone.addHost(room), await zone.addHost(room)];
  // What lies on shared storage both hosts have.
  two.host.volumes = one.host.volumes;
  two.host.images = one.host.images;
  for (const { host } of [one, two]) host.neighbours = [one.host, two.host];
  const cluster = { zoneid: zone.zoneId, podid: zone.podId, clusterid: zone.clusterId };
  const shared = { name: 'nfs', url: 'nfs://10.0.0.1/primary', scope: 'CLUSTER' };
  const pool = (await zone.api.one('createStoragePool', { ...cluster, ...shared })).id!;
  // Shared is what an offering is that says nothing else.
  const size = { name: 'roaming', cpunumber: 1, cpuspeed: 100, memory: 128 };
  const offering = (await zone.api.one('createServiceOffering', size)).id!;
  return { ...zone, one, two, pool, offering };
}

/** A job that succeeded. */
export const ok = <T extends { status: number; errortext: string | undefined }>(ended: T): T => {
  assert.equal(ended.status, 1, ended.errortext);
  return ended;
};
