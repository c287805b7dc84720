import { raiseAlert } from '../hosts/alert.ts';
import { removeOn } from '../hosts/leftovers.ts';
import { hostOfPool } from '../storage/pool-hosts.ts';
import { saga } from './saga.ts';
import { fileOf } from './volume-file.ts';
import { volumeResult } from './volume-result.ts';

type Deletion = { readonly volumeId: string };

/** Its row is gone already; its file follows, also from a host that is away. */
export const deleteVolume = saga<Deletion>('delete-volume', {
  result: volumeResult,
  failed: (run, { volumeId }, error) =>
    raiseAlert(run.db, {
      name: 'VOLUME.FILE',
      description: `The file of the deleted volume ${volumeId} may be left behind: ${(error as Error).message}`,
      resourceId: volumeId,
    }),
}).step('file', {
  do: async (run, { volumeId }) => {
    const volume = await run.db
      .selectFrom('volume as v')
      .innerJoin('storage_pool as p', 'p.id', 'v.storage_pool_id')
      .select(['v.path', 'p.path as pool', 'p.id', 'p.host_id'])
      .where('v.id', '=', volumeId)
      .executeTakeFirst();
    if (!volume?.path) return;
    const hostId = await hostOfPool(run, volume);
    if (hostId)
      await removeOn(
        run,
        hostId,
        'deleteVolume',
        { ...fileOf(volume.pool, volumeId, volume.path), epoch: run.epoch },
        run.signal,
      );
    await run.db.updateTable('volume').set({ path: null }).where('id', '=', volumeId).execute();
  },
  undo: { nothing: 'what is deleted is deleted' },
});
