import { randomUUID } from 'node:crypto';
import type { ResponseOf } from '@virtstack/contract';
import { imageStoreMethods } from '@virtstack/protocol';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { containing, having, meaning } from '../conditions.ts';
import type { Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { lock, markRemoved, refuse, whereTaken } from './rows.ts';
import { directoryOf } from './urls.ts';

const select = (db: Database) =>
  db
    .selectFrom('image_store')
    .leftJoin('zone', 'zone.id', 'image_store.zone_id')
    .selectAll('image_store')
    .select('zone.name as zone_name')
    .where('image_store.removed', 'is', null);
type Row = Awaited<ReturnType<typeof one>>;
const one = (db: Database, id: string) => select(db).where('image_store.id', '=', id).executeTakeFirstOrThrow();

const protocol = 'file';

export const imageStoreResponse = (row: Row): ResponseOf<'listImageStores'> => ({
  id: row.id,
  name: row.name,
  zoneid: row.zone_id,
  zonename: row.zone_name,
  url: row.url,
  protocol,
  providername: row.provider,
  scope: row.zone_id === null ? 'REGION' : 'ZONE',
  readonly: false,
  disksizetotal: row.capacity_bytes,
  disksizeused: row.used_bytes,
});

export const imageStores = {
  async addImageStore(context, params) {
    const { db } = context;
    if (params.provider.toLowerCase() !== 'filesystem')
      refuse(
        `provider=${params.provider}: this version keeps images in a directory. Use provider=Filesystem and url=file:///DIRECTORY.`,
      );
    const path = directoryOf(params.url, 'an image store', 'file');
    const { zoneid: zone_id = null, url = '', name = `images ${path}` } = params;
    if (zone_id !== null) await lock(db, 'zone', zone_id);
    await refuseKnownPath(db, path);
    const { capacityBytes, usedBytes } = await context.imageStores.call(imageStoreMethods.capacity, { store: path });
    const id = randomUUID();
    const figures = { capacity_bytes: capacityBytes, used_bytes: usedBytes };
    await db
      .insertInto('image_store')
      .values({ id, zone_id, name, provider: 'Filesystem', url, path, ...figures })
      .execute()
      .catch(whereTaken(`There is an image store named ${name} already. Choose another name.`));
    return imageStoreResponse(await one(db, id));
  },

  async listImageStores(context, params) {
    const query = select(context.db)
      .where(having({ 'image_store.id': params.id, 'image_store.name': params.name }))
      .where((eb) =>
        params.zoneid === undefined
          ? eb.lit(true)
          : eb.or([eb('image_store.zone_id', '=', params.zoneid), eb('image_store.zone_id', 'is', null)]),
      )
      .where(meaning({ 'image_store.provider': params.provider }))
      .where((eb) => eb.lit(params.protocol === undefined || params.protocol.toLowerCase() === protocol))
      .where((eb) => eb.lit(params.readonly !== true))
      .where(containing(params.keyword, 'image_store.name'))
      .orderBy('image_store.created')
      .orderBy('image_store.id');
    const { count, rows } = await paged(context, params, 'image_store', query);
    return { count, items: rows.map(imageStoreResponse) };
  },

  async deleteImageStore({ db }, { id }) {
    await lock(db, 'image_store', id);
    const { name } = await one(db, id);
    const kept = await db
      .selectFrom('template_store')
      .innerJoin('template', 'template.id', 'template_store.template_id')
      .select('template.name')
      .where('template_store.image_store_id', '=', id)
      .where('template.removed', 'is', null)
      .where('template_store.state', '<>', 'Failed')
      .execute();
    if (kept.length > 0)
      throw new CloudError(
        'in-use',
        `The image store ${name} cannot be deleted: ${kept.length} ${kept.length === 1 ? 'template is' : 'templates are'} in it (${kept
          .slice(0, 5)
          .map((template) => template.name)
          .join(', ')}). Delete them first.`,
      );
    await markRemoved(db, 'image_store', id);
    return { success: true };
  },
} satisfies Handlers<'addImageStore' | 'listImageStores' | 'deleteImageStore'>;

async function refuseKnownPath(db: Database, path: string): Promise<void> {
  const same = await db
    .selectFrom('image_store')
    .select('name')
    .where('path', '=', path)
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (same) refuse(`The directory ${path} is that of the image store ${same.name} already.`);
}
