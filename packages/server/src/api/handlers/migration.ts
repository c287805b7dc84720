import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import { CloudError } from '../../error.ts';
import { machineJob } from '../../orchestration/machine-job.ts';
import {
  barOf,
  isLive,
  localVolumes,
  type Mover,
  moverOf,
  needToMove,
  refuseLocalVolumes,
} from '../../orchestration/migration-destination.ts';
import { candidatesFor, clusterLimits, promisedOn } from '../../placement/candidates.ts';
import { exclusion, shortage } from '../../placement/fits.ts';
import { movableIn } from '../../placement/movable.ts';
import { containing } from '../conditions.ts';
import type { Context, Handlers, ListOf } from '../handler.ts';
import { paged } from '../page.ts';
import { hostResponses } from './host-response.ts';
import { requireState } from './machine-state.ts';

type HostAnswer = ResponseOf<'findHostsForMigration'>;

/** Moving virtual machines from host to host. */
export const migration = {
  async migrateVirtualMachine(context, params) {
    const { virtualmachineid: id, hostid } = params;
    requireDestination(params);
    await requireState(context, id, 'migrateVirtualMachine', 'moved to another host');
    const machine = await machineNow(context, id);
    if (machine) {
      await refuseLocalVolumes(context.db, machine);
      if (hostid !== undefined) await requireNeighbour(context, machine, hostid);
    }
    return machineJob('migrate-virtual-machine', id, { ...(hostid !== undefined && { to: hostid }) });
  },

  async findHostsForMigration(context, params): Promise<ListOf<HostAnswer>> {
    const machine = await moverOf(context, params.virtualmachineid);
    const { count, rows } = await paged(
      context,
      { ...params, listall: true },
      'h',
      context.db
        .selectFrom('host as h')
        .where('h.removed', 'is', null)
        .where('h.cluster_id', '=', machine.clusterId)
        .where('h.id', '<>', machine.source)
        .where(containing(params.keyword, 'h.name', 'h.address')),
      (query) => query.select('h.id').orderBy('h.created').orderBy('h.id'),
    );
    const ids = rows.map(({ id }) => id);
    const [answers, judge] = await Promise.all([hostResponses(context, ids), judgeOf(context, machine)]);
    return { count, items: answers.map((host) => ({ ...host, ...judge(host) })) };
  },
} satisfies Handlers<'migrateVirtualMachine' | 'findHostsForMigration'>;

function requireDestination({ hostid, storageid, autoselect }: ParamsOf<'migrateVirtualMachine'>): void {
  if (storageid !== undefined)
    throw new CloudError(
      'parameter',
      'Volumes cannot be moved to another pool in this version: leave storageid out. A machine whose volumes all its cluster reaches moves with hostid.',
    );
  if (hostid === undefined && !autoselect)
    throw new CloudError('parameter', 'Say to which host it is to move (hostid), or let one be chosen (autoselect=true).');
}

/** Undefined where an open job has it: then the job decides. */
const machineNow = async (context: Context, id: string): Promise<Mover | undefined> => {
  const { state } = await context.db.selectFrom('virtual_machine').select('state').where('id', '=', id).executeTakeFirstOrThrow();
  return state === 'Running' ? moverOf(context, id) : undefined;
};

/** @throws {CloudError} `parameter`: it runs there, or what is there is of another cluster. */
async function requireNeighbour({ db }: Context, { name, source, clusterId }: Mover, hostId: string): Promise<void> {
  const hosts = await db
    .selectFrom('host as h')
    .innerJoin('cluster as c', 'c.id', 'h.cluster_id')
    .select(['h.id', 'h.name', 'h.cluster_id', 'c.name as cluster'])
    .where('h.id', 'in', [source, hostId])
    .execute();
  const [here, there] = [source, hostId].map((id) => hosts.find((host) => host.id === id)!);
  if (hostId === source) throw new CloudError('parameter', `${name} runs on host ${there!.name} already.`);
  if (there!.cluster_id !== clusterId)
    throw new CloudError(
      'parameter',
      `Host ${there!.name} is in cluster ${there!.cluster}, and ${name} runs in cluster ${here!.cluster}: it moves within its cluster. Stop it, and start it there.`,
    );
}

/** What is said of each host beside what it is. */
async function judgeOf(context: Context, machine: Mover): Promise<(host: HostAnswer) => Partial<HostAnswer>> {
  const { db, settings } = context;
  const need = await needToMove(db, machine);
  const hosts = (await candidatesFor(db, need)).filter((host) => host.cluster_id === machine.clusterId);
  const [movable, limits, promised, local] = await Promise.all([
    movableIn(db, machine.clusterId),
    clusterLimits(settings, hosts),
    promisedOn(
      db,
      hosts.map(({ id }) => id),
    ),
    localVolumes(db, machine.id),
  ]);
  return ({ id, details }) => {
    const host = hosts.find((candidate) => candidate.id === id);
    const none = { cpuMhz: 0, memoryBytes: 0 };
    const full = host && shortage(host, need, promised.get(host.id) ?? none, limits.get(machine.clusterId)!);
    const stays =
      local.length > 0 ? `does not reach ${local.join(', ')}, on the storage of the machine’s host itself` : undefined;
    const bar = host ? (exclusion(host, need) ?? barOf(machine, movable, id!) ?? stays ?? full) : 'is gone';
    const how = bar === undefined ? { migration: isLive(machine, movable, id!) ? 'live' : 'paused' } : { migrationProblem: bar };
    return {
      hasenoughcapacity: full === undefined,
      suitableformigration: bar === undefined,
      requiresStorageMotion: local.length > 0,
      details: { ...details, ...how },
    };
  };
}
