import { CloudError } from '../error.ts';
import { removeOn } from '../hosts/leftovers.ts';
import { saga } from './saga.ts';

const gone = { nothing: 'what is removed is removed; deleting again goes on' };

/** A host that is away forgets the network when it comes back. */
export const deleteNetwork = saga<{ readonly networkId: string }>('delete-network')
  .step('unused', {
    do: async (run, { networkId }) => {
      // The lock keeps a machine from being deployed onto it meanwhile.
      await run.db.transaction().execute(async (tx) => {
        await tx.selectFrom('network').select('id').where('id', '=', networkId).forUpdate().execute();
        const { n } = await tx
          .selectFrom('nic')
          .select((eb) => eb.fn.countAll<number>().as('n'))
          .where('network_id', '=', networkId)
          .where('removed', 'is', null)
          .executeTakeFirstOrThrow();
        if (n > 0) throw new CloudError('in-use', `${n} virtual machines are on this network; expunge them first.`);
        await tx.updateTable('network').set({ state: 'Destroy' }).where('id', '=', networkId).execute();
      });
    },
    undo: async (run, { networkId }) => {
      await run.db
        .updateTable('network')
        .set({ state: 'Setup' })
        .where('id', '=', networkId)
        .where('state', '=', 'Destroy')
        .execute();
    },
  })
  .step('hosts', {
    do: async (run, { networkId }) => {
      const hosts = await run.db
        .selectFrom('host')
        .innerJoin('network', 'network.zone_id', 'host.zone_id')
        .select('host.id')
        .where('network.id', '=', networkId)
        .where('host.removed', 'is', null)
        .execute();
      await Promise.all(hosts.map(({ id }) => removeOn(run, id, 'removeNetwork', { id: networkId }, run.signal)));
    },
    undo: gone,
  })
  .step('removed', {
    do: async (run, { networkId }) => {
      await run.db.updateTable('network').set({ removed: new Date() }).where('id', '=', networkId).execute();
    },
    undo: gone,
  });
