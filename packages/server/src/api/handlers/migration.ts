import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import { CloudError } from '../../error.ts';
import { machineJob } from '../../orchestration/machine-job.ts';
import { type Mover, moverOf, refuseLocalVolumes } from '../../orchestration/migration-destination.ts';
import { containing } from '../conditions.ts';
import type { Context, Handlers, ListOf } from '../handler.ts';
import { paged } from '../page.ts';
import { hostResponses } from './host-response.ts';
import { judgeOf } from './host-suits.ts';
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
    const items = answers.map((answer) => {
      const { host, requiresStorageMotion } = judge(answer);
      return { ...answer, ...host, requiresStorageMotion };
    });
    return { count, items };
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
