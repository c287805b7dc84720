import { CloudError } from '../error.ts';
import { plugIn, plugOut } from './attached-disk.ts';
import { type Run, saga } from './saga.ts';
import { machineOf } from './stop-virtual-machine.ts';
import { volumeResult } from './volume-result.ts';

export type Detach = { readonly volumeId: string; readonly machineId: string; readonly slot: number; readonly attached: string };

/** The guest lets go first; where it does not, the volume stays its own. */
export const detachVolume = saga<Detach>('detach-volume', { result: volumeResult })
  .step('disk', {
    do: async (run, state) => {
      await stillAttached(run, state);
      await plugOut(run, state);
    },
    undo: (run, state) => plugIn(run, state, state.slot),
  })
  .step('released', {
    do: async ({ db }, { volumeId, machineId }) => {
      await db
        .updateTable('volume')
        .set({ virtual_machine_id: null, device_id: null, attached: null })
        .where('id', '=', volumeId)
        .where('virtual_machine_id', '=', machineId)
        .execute();
    },
    undo: async ({ db }, { volumeId, machineId, slot, attached }) => {
      await db
        .updateTable('volume')
        .set({ virtual_machine_id: machineId, device_id: slot, attached: new Date(attached) })
        .where('id', '=', volumeId)
        .where('virtual_machine_id', 'is', null)
        .execute();
    },
  });

/** A job that was there first may have detached it. */
async function stillAttached(run: Run, { volumeId, machineId }: Detach): Promise<void> {
  const vm = await machineOf(run, machineId);
  const volume = await run.db
    .selectFrom('volume')
    .select('id')
    .where('id', '=', volumeId)
    .where('virtual_machine_id', '=', machineId)
    .where('state', '<>', 'Attaching')
    .executeTakeFirst();
  if (!volume) throw new CloudError('conflict', `The volume is no longer attached to ${vm.display_name}.`);
}
