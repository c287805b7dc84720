import type { ResponseOf } from '@virtstack/contract';
import { barOf, isLive, localVolumes, type Mover, needToMove } from '../../orchestration/migration-destination.ts';
import { candidatesFor, clusterLimits, promisedOn } from '../../placement/candidates.ts';
import { exclusion, shortage } from '../../placement/fits.ts';
import { movableIn } from '../../placement/movable.ts';
import { poolsFor, unreachedBy } from '../../placement/pools.ts';
import type { Context } from '../handler.ts';

type HostAnswer = ResponseOf<'listHosts'>;
type Suits = {
  readonly host: Pick<HostAnswer, 'hasenoughcapacity' | 'suitableformigration' | 'details'>;
  readonly requiresStorageMotion: boolean;
};

/** What is said of each host of a cluster where a machine of it is to move. */
export async function judgeOf(context: Context, machine: Mover): Promise<(host: HostAnswer) => Suits> {
  const { db, settings } = context;
  const need = await needToMove(db, machine);
  const hosts = (await candidatesFor(db, need)).filter((host) => host.cluster_id === machine.clusterId);
  const ids = hosts.map(({ id }) => id);
  const [movable, limits, promised, pools, local] = await Promise.all([
    movableIn(db, machine.clusterId),
    clusterLimits(settings, hosts),
    promisedOn(db, ids),
    poolsFor(context, need.zoneId),
    localVolumes(db, machine.id),
  ]);
  const none = { cpuMhz: 0, memoryBytes: 0 };
  return ({ id, details }) => {
    const host = hosts.find((candidate) => candidate.id === id);
    const full = host && shortage(host, need, promised.get(host.id) ?? none, limits.get(machine.clusterId)!);
    const bar = host
      ? (exclusion(host, need) ?? barOf(machine, movable, host.id) ?? unreachedBy(host, need.volumes, pools) ?? full)
      : 'is gone';
    const how = bar === undefined ? { migration: isLive(machine, movable, id!) ? 'live' : 'paused' } : { migrationProblem: bar };
    return {
      host: {
        hasenoughcapacity: host !== undefined && full === undefined,
        suitableformigration: bar === undefined,
        details: { ...details, ...how },
      },
      requiresStorageMotion: local.length > 0,
    };
  };
}
