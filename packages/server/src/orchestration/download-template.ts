import { imageFormat, imageStoreMethods } from '@virtstack/protocol';
import { enforceLimits } from '../accounts/enforce-limits.ts';
import { toldTo } from '../accounts/told.ts';
import { CloudError, isCloudError } from '../error.ts';
import { cidrList } from '../network/cidr-list.ts';
import { patiently } from './patiently.ts';
import { type Run, saga } from './saga.ts';

export type Download = { readonly templateId: string; readonly imageStoreId: string };
const downloadMs = 6 * 3_600_000;
/** For how long the image store's process may be away. */
const patienceMs = 60_000;

/** Brings a template's image into an image store. It is shown as ready last; a failure is shown with its reason, and the user may register it again. */
export const downloadTemplate = saga<Download>('download-template', {
  failed: async (run, state, error) => setStore(run, state, { state: 'Failed', error: await reasonFor(run, state, error) }),
}).step('image', {
  do: async (run, state) => {
    const image = await download(run, state);
    await run.db.transaction().execute(async (tx) => {
      await tx
        .updateTable('template')
        .set({ size_bytes: image.sizeBytes, virtual_size_bytes: image.virtualSizeBytes, sha512: image.sha512 })
        .where('id', '=', state.templateId)
        .execute();
      // How large it is was not known when it was registered.
      await enforceLimits({ db: tx, settings: run.settings });
      await setStore({ ...run, db: tx }, state, { state: 'Ready', progress: 100, path: image.path, error: null });
    });
  },
  undo: async (run, state) => {
    const store = await storeOf(run, state.imageStoreId);
    await patiently(run, patienceMs, () =>
      run.imageStores.call(
        imageStoreMethods.delete,
        { id: state.templateId, store: store.path },
        { signal: run.signal, timeoutMs: 60_000 },
      ),
    );
  },
});

/** What the template's owner may read of why. */
async function reasonFor({ db }: Run, { templateId }: Download, error: unknown): Promise<string> {
  if (!isCloudError(error)) return 'The image could not be stored.';
  const { account_id } = await db
    .selectFrom('template')
    .select('account_id')
    .where('id', '=', templateId)
    .executeTakeFirstOrThrow();
  return toldTo(db, account_id, error);
}

async function download(run: Run, state: Download) {
  const store = await storeOf(run, state.imageStoreId);
  const template = await run.db
    .selectFrom('template')
    .selectAll()
    .where('id', '=', state.templateId)
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (!template) throw new CloudError('parameter', 'The template was deleted.');
  const params = {
    id: template.id,
    store: store.path,
    url: template.url,
    format: imageFormat.parse(template.format.toLowerCase()),
    maxBytes: (await run.settings.number('max.template.iso.size')) * 2 ** 30,
    ...(template.checksum && { checksum: template.checksum }),
    allowedNetworks: [...(await allowedNetworks(run))],
  };
  const show = progressShown(run, state);
  return patiently(run, patienceMs, () =>
    run.imageStores.call(imageStoreMethods.download, params, { signal: run.signal, timeoutMs: downloadMs, onProgress: show }),
  );
}

/** What `secstorage.allowed.internal.sites` says. @throws {CloudError} it says what is no network (a value from before it was checked). */
async function allowedNetworks(run: Run): Promise<readonly string[]> {
  const networks = cidrList(await run.settings.text('secstorage.allowed.internal.sites'));
  if (!networks) throw new CloudError('parameter', 'The setting secstorage.allowed.internal.sites is not a list of networks.');
  return networks;
}

/** Written at most once a second: people watch it. */
function progressShown(run: Run, state: Download): (p: { done: number; total?: number }) => void {
  let last = 0;
  return ({ done, total }) => {
    if (!total || Date.now() - last < 1000) return;
    last = Date.now();
    const progress = Math.min(99, Math.floor((100 * done) / total));
    run.progress(progress);
    setStore(run, state, { progress }).catch((error: unknown) => run.log.debug({ err: error }, 'progress was not written'));
  };
}

async function storeOf({ db }: Run, id: string): Promise<{ path: string }> {
  const store = await db
    .selectFrom('image_store')
    .select('path')
    .where('id', '=', id)
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (!store) throw new CloudError('unavailable', 'The image store was deleted.');
  return store;
}

type StorePatch = { state?: string; progress?: number; path?: string; error?: string | null };
async function setStore({ db }: Pick<Run, 'db'>, state: Download, patch: StorePatch): Promise<void> {
  await db
    .updateTable('template_store')
    .set({ ...patch, updated: new Date() })
    .where('template_id', '=', state.templateId)
    .where('image_store_id', '=', state.imageStoreId)
    .execute();
}
