import { imageStoreMethods } from '@virtstack/protocol';
import { collectImages } from './collect-images.ts';
import { patiently } from './patiently.ts';
import { saga } from './saga.ts';

const patienceMs = 60_000;
const gone = { nothing: 'what is removed is removed; deleting again goes on' };

/** Machines made of it keep running: an image on which volumes lie goes with the last of them. */
export const deleteTemplate = saga<{ readonly templateId: string }>('delete-template')
  .step('removed', {
    do: async (run, { templateId }) => {
      await run.db.updateTable('template').set({ removed: new Date() }).where('id', '=', templateId).execute();
    },
    undo: async (run, { templateId }) => {
      await run.db.updateTable('template').set({ removed: null }).where('id', '=', templateId).execute();
    },
  })
  .step('stores', {
    do: async (run, { templateId }) => {
      const stores = await run.db
        .selectFrom('template_store as ts')
        .innerJoin('image_store as s', 's.id', 'ts.image_store_id')
        .select(['s.id', 's.path'])
        .where('ts.template_id', '=', templateId)
        .execute();
      for (const { id, path } of stores) {
        const params = { id: templateId, store: path };
        const options = { signal: run.signal, timeoutMs: patienceMs };
        await patiently(run, patienceMs, () => run.imageStores.call(imageStoreMethods.delete, params, options));
        await run.db
          .deleteFrom('template_store')
          .where('template_id', '=', templateId)
          .where('image_store_id', '=', id)
          .execute();
      }
    },
    undo: gone,
  })
  .step('pools', { do: (run, { templateId }) => collectImages(run, templateId), undo: gone });
