import { CloudError } from '../../error.ts';
import { isInMaintenance } from '../../hosts/maintenance.ts';
import { waitingLane } from '../../orchestration/child-jobs.ts';
import type { Context, Handlers } from '../handler.ts';

/** A host that is emptied, and opened again. */
export const hostMaintenance = {
  async prepareHostForMaintenance(context, { id }) {
    const { name, resource_state: state } = await lockedHost(context, id);
    if (state === 'Maintenance') throw new CloudError('conflict', `Host ${name} is in Maintenance already.`);
    if (state === 'PrepareForMaintenance' && (await isBusy(context, id)))
      throw new CloudError('conflict', `Host ${name} is being prepared for maintenance already.`);
    const instance = { type: 'Host', id };
    return { saga: 'prepare-host-for-maintenance', state: { hostId: id }, subject: waitingLane(id), instance };
  },

  async cancelHostMaintenance(context, { id }) {
    const { name, resource_state: state } = await lockedHost(context, id);
    if (!isInMaintenance(state))
      throw new CloudError('conflict', `Host ${name} is ${state}: it is neither in maintenance nor being prepared for it.`);
    return { saga: 'cancel-host-maintenance', state: { hostId: id }, subject: id, instance: { type: 'Host', id } };
  },
} satisfies Handlers<'prepareHostForMaintenance' | 'cancelHostMaintenance'>;

const lockedHost = ({ db }: Context, id: string) =>
  db.selectFrom('host').select(['name', 'resource_state']).where('id', '=', id).forUpdate().executeTakeFirstOrThrow();

async function isBusy({ db }: Context, id: string): Promise<boolean> {
  const job = db.selectFrom('job').select('id').where('saga', '=', 'prepare-host-for-maintenance');
  return (await job.where('instance_id', '=', id).where('status', '=', 0).executeTakeFirst()) !== undefined;
}
