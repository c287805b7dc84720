import { agentMethods } from '@virtstack/protocol';
import { CloudError } from '../error.ts';
import { refusalKind } from '../hosts/refusals.ts';
import { applyWhereNeeded } from './apply-network.ts';
import { forgetMachine } from './forget-machine.ts';
import { order } from './order.ts';
import { type Run, saga } from './saga.ts';

export type Unmanage = {
  readonly machineId: string;
  readonly forced?: boolean;
  readonly hostId?: string;
  readonly adopted?: boolean;
};

const releaseMs = 120_000;

/** The mark goes from the domain, then the machine from the cloud. Files and definition are not touched, and what runs runs on. */
export const unmanageVirtualMachine = saga<Unmanage>('unmanage-virtual-machine', {
  result: async (_, { hostId }) => ({
    unmanagevirtualmachineresponse: { success: true, details: 'It stays on its host as it is.', hostid: hostId },
  }),
})
  .step('found', {
    do: async (run, { machineId }) => hostOf(run, machineId),
    undo: { nothing: 'it only looks' },
  })
  .step('released', {
    do: async (run, { machineId, hostId, forced }) => {
      const params = { uuid: machineId, epoch: run.epoch };
      const { state } = await order(run, hostId!, agentMethods.releaseGuest, params, { timeoutMs: releaseMs });
      if (state === 'absent' && !forced)
        throw new CloudError(
          'conflict',
          'Its last host has no definition of it any more, so there is nothing to give back. Start it there first; or have it forgotten, with forced=true: the files of its disks stay.',
        );
    },
    undo: async (run, { machineId, hostId, adopted }) => {
      if (!(await isKnown(run, machineId))) return;
      const params = { uuid: machineId, made: !adopted, epoch: run.epoch };
      await order(run, hostId!, agentMethods.adoptGuest, params, { timeoutMs: releaseMs }).catch((error: unknown) => {
        // One that is not there had no mark to lose.
        if (refusalKind(error) !== 'not-found') throw error;
      });
    },
  })
  .step('forgotten', {
    do: async (run, { machineId, hostId }) => {
      const networks = await run.db.transaction().execute((tx) => forgetMachine(tx, machineId));
      for (const id of networks) await applyWhereNeeded(run, id, [hostId!]);
    },
    undo: { nothing: 'it is the last step, one transaction that happens or does not' },
  });

const isKnown = async ({ db }: Run, id: string): Promise<boolean> =>
  (await db.selectFrom('virtual_machine').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;

/** A job that was there first may have changed what it is. */
async function hostOf({ db }: Run, machineId: string): Promise<Pick<Unmanage, 'hostId' | 'adopted'>> {
  const vm = await db
    .selectFrom('virtual_machine')
    .select(['state', 'host_id', 'last_host_id', 'adopted', 'display_name'])
    .where('id', '=', machineId)
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (!vm) throw new CloudError('parameter', 'The virtual machine no longer exists.');
  const hostId = vm.host_id ?? vm.last_host_id;
  if (!['Running', 'Stopped'].includes(vm.state))
    throw new CloudError('conflict', `${vm.display_name} is ${vm.state}; only one that is Running or Stopped can be given back.`);
  if (!hostId) throw new CloudError('conflict', `${vm.display_name} never ran: no host has a domain of it to give back.`);
  return { hostId, adopted: vm.adopted };
}
