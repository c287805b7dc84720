import { CloudError } from '../error.ts';
import { removeOn } from '../hosts/leftovers.ts';
import { hostOfPool } from '../storage/pool-hosts.ts';
import { collectImages } from './collect-images.ts';
import { releaseAddresses, releaseVolumes } from './release.ts';
import { type Run, type Saga, saga } from './saga.ts';
import { machineOf, setState } from './stop-virtual-machine.ts';
import { fileOf, settled } from './volume-file.ts';

type Target = { readonly machineId: string };
/** Removing cannot be taken back. What fails in between leaves a Destroyed machine, of which the rest is removed by expunging it again. */
const gone = { nothing: 'what is removed is removed; expunging again goes on' };

/** The steps after which nothing of a machine is left. */
export const expungeSteps = <S extends Target>(begun: Saga<S>): Saga<S> =>
  begun
    .step('expunging', {
      do: async (run, { machineId }) => {
        const vm = await machineOf(run, machineId);
        if (!['Destroyed', 'Error', 'Expunging'].includes(vm.state))
          throw new CloudError('conflict', `${vm.display_name} is ${vm.state}; destroy it before it is expunged.`);
        await setState(run, machineId, 'Expunging');
      },
      undo: (run, { machineId }) => setState(run, machineId, 'Destroyed', 'Expunging'),
    })
    .step('guest', { do: async (run, { machineId }) => removeGuest(run, machineId), undo: gone })
    .step('volumes', { do: async (run, { machineId }) => deleteVolumes(run, machineId), undo: gone })
    .step('addresses', {
      do: async (run, { machineId }) => releaseAddresses(run, machineId, (await machineOf(run, machineId)).last_host_id),
      undo: gone,
    })
    .step('removed', {
      do: async (run, { machineId }) => {
        await run.db.updateTable('virtual_machine').set({ removed: new Date() }).where('id', '=', machineId).execute();
      },
      undo: gone,
    });

export const expungeVirtualMachine = expungeSteps(saga<Target>('expunge-virtual-machine'));

async function removeGuest(run: Run, machineId: string): Promise<void> {
  const { host_id, last_host_id } = await machineOf(run, machineId);
  for (const hostId of new Set([host_id, last_host_id]))
    if (hostId) await removeOn(run, hostId, 'removeGuest', { uuid: machineId, epoch: run.epoch }, run.signal);
}

/** Its root disk goes; data disks are detached, with all that is on them. */
async function deleteVolumes(run: Run, machineId: string): Promise<void> {
  await letGoOfDataDisks(run, machineId);
  const volumes = await run.db
    .selectFrom('volume as v')
    .innerJoin('storage_pool as p', 'p.id', 'v.storage_pool_id')
    .select(['v.id', 'p.path', 'p.id as pool_id', 'p.host_id', 'v.template_id', 'v.path as file'])
    .where('v.virtual_machine_id', '=', machineId)
    .where('v.path', 'is not', null)
    .where('v.removed', 'is', null)
    .execute();
  const { last_host_id } = await machineOf(run, machineId);
  for (const volume of volumes) {
    const hostId = await hostOfPool(run, { id: volume.pool_id, host_id: volume.host_id }, last_host_id);
    if (hostId)
      await removeOn(
        run,
        hostId,
        'deleteVolume',
        { ...fileOf(volume.path, volume.id, volume.file!), epoch: run.epoch },
        run.signal,
      );
    await run.db
      .updateTable('volume')
      .set({ removed: new Date(), state: 'Expunged', path: null })
      .where('id', '=', volume.id)
      .execute();
    if (volume.template_id && hostId) await collectImages(run, volume.template_id, hostId);
  }
  await releaseVolumes(run, machineId);
}

async function letGoOfDataDisks({ db }: Run, machineId: string): Promise<void> {
  await db
    .updateTable('volume')
    .set({ virtual_machine_id: null, device_id: null, attached: null, state: settled })
    .where('virtual_machine_id', '=', machineId)
    .where('type', '=', 'DATADISK')
    .where('removed', 'is', null)
    .execute();
}
