import type { ParamsOf } from '@virtstack/contract';
import type { PoolSource } from '@virtstack/protocol';
import type { Database } from '../../db/database.ts';
import type { Context } from '../handler.ts';
import { nfsSource } from './nfs-source.ts';
import { refuse } from './rows.ts';
import { directoryOf } from './urls.ts';

type Params = ParamsOf<'createStoragePool'>;

/** `source`: what its hosts mount; without one `path` is the directory that they have. */
export type PoolKind =
  | {
      readonly type: 'Filesystem' | 'SharedMountPoint';
      readonly scope: Scope;
      readonly path: string;
      readonly source?: undefined;
    }
  | {
      readonly type: 'NetworkFilesystem';
      readonly scope: Exclude<Scope, 'HOST'>;
      readonly path: undefined;
      readonly source: PoolSource;
    };
type Scope = 'HOST' | 'CLUSTER' | 'ZONE';

/** What is asked for: a directory of one host, or one that several hosts have mounted or mount. @throws {CloudError} this version has no such storage. */
export function poolKind({ url, scope, provider, details }: Pick<Params, 'url' | 'scope' | 'provider' | 'details'>): PoolKind {
  if (provider !== undefined && provider.toLowerCase() !== 'defaultprimary')
    refuse(`provider=${provider}: this version has DefaultPrimary alone.`);
  if (/^nfs:/i.test(url)) {
    if (scope === 'HOST') refuse(`url=${url}: an NFS server serves a cluster or a zone. Use scope=CLUSTER or scope=ZONE.`);
    return {
      type: 'NetworkFilesystem',
      scope: scope ?? 'CLUSTER',
      path: undefined,
      source: nfsSource(url, details?.nfsmountopts),
    };
  }
  if (!/^(file|filesystem|sharedmountpoint):/i.test(url))
    refuse(
      `url=${url}: this version keeps primary storage at nfs://SERVER/PATH, SharedMountPoint:///DIRECTORY or file:///DIRECTORY; ${/^\w+(?=:)/.exec(url)?.[0] ?? 'another kind of address'} is not there yet.`,
    );
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
  /** Whose hosts use it, where it is not a cluster's. */
  readonly hypervisor: string | null;
  readonly address: string;
  readonly hosts: readonly { readonly id: string; readonly name: string }[];
};

export async function placeOf({ db, hypervisors }: Context, params: Params, { scope, source }: PoolKind): Promise<Place> {
  const hosts = await db
    .selectFrom('host')
    .select(['id', 'name', 'address', 'pod_id', 'cluster_id', 'hypervisor'])
    .where('zone_id', '=', params.zoneid)
    .where('removed', 'is', null)
    .orderBy('name')
    .execute();
  const everywhere = { podId: null, clusterId: null, hostId: null, hypervisor: null, address: source?.server ?? 'localhost' };
  if (scope === 'ZONE') {
    const hypervisor = hypervisorOf(params, hypervisors, source !== undefined);
    const users = hosts.filter((host) => hypervisor === null || host.hypervisor === hypervisor);
    return { ...everywhere, hypervisor, hosts: users };
  }
  if (scope === 'CLUSTER') {
    const cluster = await clusterIn(db, params);
    const members = hosts.filter((host) => host.cluster_id === cluster.id);
    return { ...everywhere, podId: cluster.pod_id, clusterId: cluster.id, hosts: members };
  }
  const host = theHost(params, hosts);
  const { pod_id: podId, cluster_id: clusterId, id: hostId, address } = host;
  return { podId, clusterId, hostId, hypervisor: null, address, hosts: [host] };
}

/** The label of the hosts that use a pool of a whole zone; null: those of every type. */
function hypervisorOf({ hypervisor }: Params, labels: Context['hypervisors'], required: boolean): string | null {
  const known = labels.map(({ type }) => type);
  if (hypervisor === undefined)
    return required ? refuse(`hypervisor is missing: hosts of which type use this storage? ${known.join(', ')}, or Any.`) : null;
  if (hypervisor.toLowerCase() === 'any') return null;
  const found = known.find((type) => type.toLowerCase() === hypervisor.toLowerCase());
  return found ?? refuse(`hypervisor=${hypervisor} is not one of this installation: ${known.join(', ')}, or Any.`);
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
