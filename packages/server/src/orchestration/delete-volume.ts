import { raiseAlert } from '../hosts/alert.ts';
import { removeOn } from '../hosts/leftovers.ts';
import { type Run, saga } from './saga.ts';

type Deletion = { readonly volumeId: string };

/** Its row is gone already; its file follows, also from a host that is away. */
export const deleteVolume = saga<Deletion>('delete-volume', {
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
      .select(['v.path', 'p.path as pool', 'p.host_id', 'p.cluster_id', 'p.zone_id'])
      .where('v.id', '=', volumeId)
      .executeTakeFirst();
    if (!volume?.path) return;
    const hostId = volume.host_id ?? (await reachingHost(run, volume));
    if (hostId) await removeOn(run, hostId, 'deleteVolume', { pool: volume.pool, id: volumeId, epoch: run.epoch }, run.signal);
    await run.db.updateTable('volume').set({ path: null }).where('id', '=', volumeId).execute();
  },
  undo: { nothing: 'what is deleted is deleted' },
});

/** One that is there, or else any. */
async function reachingHost({ db }: Run, pool: { zone_id: string; cluster_id: string | null }): Promise<string | undefined> {
  const hosts = await db
    .selectFrom('host')
    .select(['id', 'status', 'cluster_id'])
    .where('zone_id', '=', pool.zone_id)
    .where('removed', 'is', null)
    .execute();
  const reaching = hosts.filter((host) => pool.cluster_id === null || host.cluster_id === pool.cluster_id);
  return (reaching.find((host) => host.status === 'Up') ?? reaching[0])?.id;
}
