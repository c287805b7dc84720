import { randomUUID } from 'node:crypto';
import type { ResponseOf } from '@virtstack/contract';
import { type Selectable, sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import type { Tables } from '../../db/schema.ts';
import { containing, having, meaning } from '../conditions.ts';
import type { Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { lock, markRemoved, refuse, tagsOf } from './rows.ts';

type Row = Selectable<Tables['disk_offering']>;
const gib = 1024 ** 3;

export const diskOfferingResponse = (row: Row): ResponseOf<'listDiskOfferings'> => ({
  id: row.id,
  name: row.name,
  displaytext: row.display_text,
  state: 'Active',
  disksize: row.is_customized ? 0 : row.size_bytes / gib,
  iscustomized: row.is_customized,
  iscustomizediops: false,
  storagetype: row.storage_type,
  provisioningtype: 'thin',
  displayoffering: true,
  disksizestrictness: false,
  encrypt: false,
  tags: row.tags.join(','),
  created: row.created,
});

export const diskOfferings = {
  async createDiskOffering({ db }, params) {
    const { name, disksize = 0, customized } = params;
    if (customized && disksize > 0)
      refuse(`disksize=${disksize}: where the user chooses the size (customized=true), the offering has none.`);
    if (!customized && disksize === 0) refuse('disksize is missing: how many GiB? Or let the user choose, with customized=true.');
    const id = randomUUID();
    await db
      .insertInto('disk_offering')
      .values({
        ...{ id, name, display_text: params.displaytext ?? name, size_bytes: disksize * gib, is_customized: customized },
        ...{ storage_type: params.storagetype ?? 'shared', tags: tagsOf(params.tags ?? '') },
      })
      .execute();
    return diskOfferingResponse(await one(db, id));
  },

  async listDiskOfferings(context, params) {
    const query = context.db
      .selectFrom('disk_offering')
      .selectAll()
      .where('removed', 'is', null)
      .where(sql<boolean>`${(params.state ?? 'active').toLowerCase() === 'active'}`)
      .where(having({ id: params.id, name: params.name }))
      .where(meaning({ storage_type: params.storagetype }))
      .where(containing(params.keyword, 'name', 'display_text'))
      .orderBy('created')
      .orderBy('is_customized')
      .orderBy('size_bytes')
      .orderBy('id');
    const { count, rows } = await paged(context, params, 'disk_offering', query);
    return { count, items: rows.map(diskOfferingResponse) };
  },

  async updateDiskOffering({ db }, { id, name, displaytext, tags }) {
    await lock(db, 'disk_offering', id);
    const patch = {
      ...(name !== undefined && { name }),
      ...(displaytext !== undefined && { display_text: displaytext }),
      ...(tags !== undefined && { tags: tagsOf(tags) }),
    };
    if (Object.keys(patch).length > 0) await db.updateTable('disk_offering').set(patch).where('id', '=', id).execute();
    return diskOfferingResponse(await one(db, id));
  },

  async deleteDiskOffering({ db }, { id }) {
    await lock(db, 'disk_offering', id);
    await markRemoved(db, 'disk_offering', id);
    return { success: true };
  },
} satisfies Handlers<'createDiskOffering' | 'listDiskOfferings' | 'updateDiskOffering' | 'deleteDiskOffering'>;

const one = (db: Database, id: string): Promise<Row> =>
  db.selectFrom('disk_offering').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
