import type { ParamsOf } from '@virtstack/contract';
import type { Database } from '../../db/database.ts';
import { refuse } from './rows.ts';
import { directoryOf } from './urls.ts';

type Params = ParamsOf<'createStoragePool'>;

export type PoolKind = {
  readonly type: 'Filesystem' | 'SharedMountPoint';
  readonly scope: 'HOST' | 'CLUSTER' | 'ZONE';
  readonly path: string;
};

/** What is asked for: a directory of one host, or one that several hosts have mounted. @throws {CloudError} this version has no such storage. */
export function poolKind({ url, scope, provider }: Pick<Params, 'url' | 'scope' | 'provider'>): PoolKind {
  if (provider !== undefined && provider.toLowerCase() !== 'defaultprimary')
    refuse(`provider=${provider}: this version has DefaultPrimary alone.`);
  const path = directoryOf(url, 'primary storage', 'file', 'filesystem', 'SharedMountPoint');
  if (/^sharedmountpoint:/i.test(url)) {
    if (scope === 'HOST')
      refuse(`url=${url}: a shared mount point serves a cluster or a zone. Use scope=CLUSTER, or file://${path} for one host.`);
    return { type: 'SharedMountPoint', scope: scope ?? 'CLUSTER', path };
  }
  if (scope !== undefined && scope !== 'HOST')
    refuse(
      `url=${url}: a directory of one host serves that host alone. Use scope=HOST, or SharedMountPoint://${path} where all hosts have it mounted.`,
    );
  return { type: 'Filesystem', scope: 'HOST', path };
}

/** Where a pool is, and the hosts that use it. */
export type Place = {
  readonly podId: string | null;
  readonly clusterId: string | null;
  readonly hostId: string | null;
  readonly address: string;
  readonly hosts: readonly { readonly id: string; readonly name: string }[];
};

export async function placeOf(db: Database, params: Params, { scope }: PoolKind): Promise<Place> {
  const hosts = await db
    .selectFrom('host')
    .select(['id', 'name', 'address', 'pod_id', 'cluster_id'])
    .where('zone_id', '=', params.zoneid)
    .where('removed', 'is', null)
    .execute();
  if (scope === 'ZONE') return { podId: null, clusterId: null, hostId: null, address: 'localhost', hosts };
  if (scope === 'CLUSTER') {
    const cluster = await clusterIn(db, params);
    const members = hosts.filter((host) => host.cluster_id === cluster.id);
    return { podId: cluster.pod_id, clusterId: cluster.id, hostId: null, address: 'localhost', hosts: members };
  }
  const host = theHost(params, hosts);
  return { podId: host.pod_id, clusterId: host.cluster_id, hostId: host.id, address: host.address, hosts: [host] };
}

async function clusterIn(db: Database, { clusterid, zoneid }: Params): Promise<{ id: string; pod_id: string }> {
  if (clusterid === undefined) return refuse('clusterid is missing: which cluster uses this storage?');
  const cluster = await db.selectFrom('cluster').selectAll().where('id', '=', clusterid).executeTakeFirstOrThrow();
  if (cluster.zone_id !== zoneid)
    refuse(`The cluster ${cluster.name} is not in the zone ${zoneid}. Name the zone ${cluster.zone_id}.`);
  return cluster;
}

type Host = { id: string; name: string; address: string; pod_id: string; cluster_id: string };

/** The host that is named, or the only one that it can be. */
function theHost({ details, clusterid }: Params, hosts: readonly Host[]): Host {
  const named = details?.hostid;
  const candidates = hosts.filter(
    (host) => (named === undefined || host.id === named) && (clusterid ?? host.cluster_id) === host.cluster_id,
  );
  if (candidates.length === 1) return candidates[0]!;
  if (named !== undefined) return refuse(`details[0].hostid=${named} is not a host of this zone or cluster.`);
  if (candidates.length === 0) return refuse('There is no host yet that could use this directory. Add a host first.');
  return refuse(
    `There are ${candidates.length} hosts (${candidates
      .slice(0, 5)
      .map(({ name }) => name)
      .join(', ')}): say with details[0].hostid=ID which one has the directory.`,
  );
}
