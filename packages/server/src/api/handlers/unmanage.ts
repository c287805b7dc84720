import type { ParamsOf } from '@virtstack/contract';
import { CloudError } from '../../error.ts';
import type { JobRequest } from '../../jobs/request.ts';
import { machineJob } from '../../orchestration/machine-job.ts';
import type { Context } from '../handler.ts';
import { requireState } from './machine-state.ts';
import { refuse } from './rows.ts';

/** Gives a machine back. @throws {CloudError} it is in another state, is to stay elsewhere than it is, or a disk is just being attached to it. */
export async function unmanage(
  context: Context,
  { id, hostid, forced }: ParamsOf<'unmanageVirtualMachine'>,
): Promise<JobRequest> {
  await requireState(context, id, 'unmanageVirtualMachine', 'given back');
  const vm = await context.db
    .selectFrom('virtual_machine as vm')
    .leftJoin('host as h', (join) => join.on((eb) => eb('h.id', '=', eb.fn.coalesce('vm.host_id', 'vm.last_host_id'))))
    .select(['vm.display_name', 'h.id', 'h.name'])
    .where('vm.id', '=', id)
    .executeTakeFirstOrThrow();
  if (hostid !== undefined && hostid !== vm.id)
    refuse(
      vm.name === null
        ? `${vm.display_name} never ran: no host has a domain of it to give back.`
        : `${vm.display_name} is on host ${vm.name}, and stays there. Leave hostid out, or move it first.`,
    );
  const [coming] = await context.db
    .selectFrom('volume')
    .select('name')
    .where('virtual_machine_id', '=', id)
    .where('state', '=', 'Attaching')
    .where('removed', 'is', null)
    .execute();
  if (coming) throw new CloudError('conflict', `Volume ${coming.name} is just being attached to it. Wait until it is.`);
  return machineJob('unmanage-virtual-machine', id, { forced });
}
