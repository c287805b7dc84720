import { acceptedFrom, type ParamsOf } from '@virtstack/contract';
import { sql, type Updateable } from 'kysely';
import type { Tables } from '../../db/schema.ts';
import { CloudError } from '../../error.ts';
import type { JobRequest } from '../../jobs/request.ts';
import { machineJob } from '../../orchestration/machine-job.ts';
import { insistedMode } from '../../placement/mode.ts';
import type { Context, Handlers } from '../handler.ts';
import { requireActive } from '../owner.ts';
import { deploy, placeWished } from './deploy.ts';
import { listMachines } from './list-machines.ts';
import { checkDetails, checkedUserData, hostNameOf, refuseTakenName } from './machine-input.ts';
import { described, locked, requireState } from './machine-state.ts';
import { type MachineAnswer, machineResponses } from './virtual-machine-response.ts';

/** The commands about virtual machines. */
export const virtualMachines = {
  deployVirtualMachine: deploy,
  listVirtualMachines: listMachines,

  async startVirtualMachine(context, { id, podid, clusterid, hostid }) {
    await requireState(context, id, 'startVirtualMachine', 'started');
    const { account_id: accountId, project_id: projectId } = await locked(context, id);
    await requireActive(context.db, { accountId, projectId }, 'is started');
    const only = placeWished(context, { podid, clusterid, hostid });
    return machineJob('start-virtual-machine', id, { only });
  },

  async stopVirtualMachine(context, { id, forced }) {
    await requireState(context, id, 'stopVirtualMachine', 'stopped');
    if (forced) await requirePermission(context, id, 'allow.user.force.stop.vm', 'power a virtual machine off');
    return machineJob('stop-virtual-machine', id, { forced });
  },

  async rebootVirtualMachine(context, { id, forced }) {
    await requireState(context, id, 'rebootVirtualMachine', 'rebooted');
    return machineJob('reboot-virtual-machine', id, { forced });
  },

  async destroyVirtualMachine(context, { id, expunge }): Promise<JobRequest> {
    await requireState(context, id, 'destroyVirtualMachine', 'destroyed');
    if (expunge) await requirePermission(context, id, 'allow.user.expunge.recover.vm', 'expunge a virtual machine');
    // Of an expunged machine nothing is kept for which it would have to shut down.
    const forced = Boolean(expunge) || (await context.settings.boolean('vm.destroy.forcestop'));
    return machineJob(expunge ? 'destroy-and-expunge-virtual-machine' : 'destroy-virtual-machine', id, { forced });
  },

  async expungeVirtualMachine(context, { id }) {
    await requireState(context, id, 'expungeVirtualMachine', 'expunged; destroy it first');
    await requirePermission(context, id, 'allow.user.expunge.recover.vm', 'expunge a virtual machine');
    return machineJob('expunge-virtual-machine', id);
  },

  async recoverVirtualMachine(context, { id }) {
    await requirePermission(context, id, 'allow.user.expunge.recover.vm', 'recover a virtual machine');
    const recovered = await context.db
      .updateTable('virtual_machine')
      .set({ state: 'Stopped', destroyed: null, state_changed: sql<Date>`clock_timestamp()` })
      .where('id', '=', id)
      .where('state', 'in', acceptedFrom('recoverVirtualMachine'))
      .where(sql<boolean>`not exists (select 1 from job where status = 0 and instance_id = virtual_machine.id)`)
      .executeTakeFirst();
    if (recovered.numUpdatedRows === 0n)
      throw new CloudError(
        'conflict',
        `${await described(context, id)}; only a Destroyed one that nothing is being done to can be recovered.`,
      );
    return shown(context, id);
  },

  async updateVirtualMachine(context, params) {
    const { db, caller } = context;
    const { state, account_id } = await locked(context, params.id);
    const atStart = params.name !== undefined || params.userdata !== undefined;
    if (atStart && state !== 'Stopped')
      throw new CloudError(
        'conflict',
        `${await described(context, params.id)}; name and userdata are changed while it is Stopped.`,
      );
    checkDetails(params.details, caller.role === 'Admin');
    insistedMode({ details: params.details ?? {} });
    if (params.name !== undefined) await refuseTakenName(db, account_id, params.name, params.id);
    const patch = patchOf(params);
    if (Object.keys(patch).length > 0) await db.updateTable('virtual_machine').set(patch).where('id', '=', params.id).execute();
    return shown(context, params.id);
  },
} satisfies Handlers<
  | 'deployVirtualMachine'
  | 'listVirtualMachines'
  | 'startVirtualMachine'
  | 'stopVirtualMachine'
  | 'rebootVirtualMachine'
  | 'destroyVirtualMachine'
  | 'expungeVirtualMachine'
  | 'recoverVirtualMachine'
  | 'updateVirtualMachine'
>;

type Patch = Updateable<Tables['virtual_machine']>;
function patchOf(params: ParamsOf<'updateVirtualMachine'>): Patch {
  const { name, displayname, haenable, ostypeid, userdata, details, cleanupdetails } = params;
  return {
    ...(name !== undefined && { name: hostNameOf(name, name) }),
    ...(displayname !== undefined && { display_name: displayname }),
    ...(haenable !== undefined && { ha_enabled: haenable }),
    ...(ostypeid !== undefined && { os_type_id: ostypeid }),
    ...(userdata !== undefined && { user_data: checkedUserData(userdata) }),
    ...(cleanupdetails ? { details: '{}' } : details && { details: JSON.stringify(details) }),
  };
}

async function shown({ db, caller }: Context, id: string): Promise<MachineAnswer> {
  return (await machineResponses(db, [id], { admin: caller.role === 'Admin' }))[0]!;
}

async function requirePermission({ db, caller, settings }: Context, id: string, setting: string, what: string): Promise<void> {
  if (caller.role !== 'User') return;
  const vm = await db.selectFrom('virtual_machine').select('account_id').where('id', '=', id).executeTakeFirstOrThrow();
  if (!(await settings.boolean(setting, { scope: 'account', id: vm.account_id })))
    throw new CloudError('account', `Users may not ${what} here. Ask an admin to do it, or to set ${setting}.`);
}
