import { randomUUID } from 'node:crypto';
import type { ResponseOf } from '@virtstack/contract';
import { type Selectable, sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import type { Tables } from '../../db/schema.ts';
import { containing, having, meaning } from '../conditions.ts';
import type { Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { lock, markRemoved, refuse, tagsOf } from './rows.ts';

type Row = Selectable<Tables['service_offering']>;
const gib = 1024 ** 3;

export const serviceOfferingResponse = (row: Row): ResponseOf<'listServiceOfferings'> => ({
  id: row.id,
  name: row.name,
  displaytext: row.display_text,
  state: 'Active',
  cpunumber: row.cpu_number,
  cpuspeed: row.cpu_speed,
  memory: row.memory_mb,
  storagetype: row.storage_type,
  provisioningtype: 'thin',
  rootdisksize: row.root_disk_bytes === null ? null : row.root_disk_bytes / gib,
  offerha: row.offer_ha,
  limitcpuuse: false,
  isvolatile: false,
  issystem: false,
  defaultuse: false,
  iscustomized: false,
  iscustomizediops: false,
  dynamicscalingenabled: false,
  diskofferingstrictness: false,
  encryptroot: false,
  hosttags: row.host_tags.join(','),
  storagetags: row.storage_tags.join(','),
  created: row.created,
});

export const serviceOfferings = {
  async createServiceOffering({ db }, params) {
    const { name, cpunumber: cpu_number, cpuspeed: cpu_speed, memory: memory_mb } = params;
    if (params.customized) refuse('customized=true: offerings whose CPUs and memory the user chooses are not in this version.');
    if (params.issystem) refuse('issystem=true: system VMs are not in this version.');
    if (cpu_number === undefined || cpu_speed === undefined || memory_mb === undefined)
      refuse('A service offering needs cpunumber, cpuspeed (MHz) and memory (MiB).');
    const id = randomUUID();
    await db
      .insertInto('service_offering')
      .values({
        ...{ id, name, cpu_number, cpu_speed, memory_mb, display_text: params.displaytext ?? name },
        storage_type: params.storagetype ?? 'shared',
        root_disk_bytes: params.rootdisksize ? params.rootdisksize * gib : null,
        offer_ha: params.offerha,
        host_tags: tagsOf(params.hosttags ?? ''),
        storage_tags: tagsOf(params.tags ?? ''),
      })
      .execute();
    return serviceOfferingResponse(await one(db, id));
  },

  async listServiceOfferings(context, params) {
    const { cpunumber = 0, cpuspeed = 0, memory = 0 } = params;
    const active = (params.state ?? 'active').toLowerCase() === 'active';
    const query = context.db
      .selectFrom('service_offering')
      .selectAll()
      .where('removed', 'is', null)
      .where(sql<boolean>`${active && !params.issystem}`)
      .where(having({ id: params.id, name: params.name }))
      .where(meaning({ storage_type: params.storagetype }))
      .where('cpu_number', '>=', cpunumber)
      .where('cpu_speed', '>=', cpuspeed)
      .where('memory_mb', '>=', memory)
      .where(containing(params.keyword, 'name', 'display_text'))
      .orderBy('created')
      .orderBy('cpu_number')
      .orderBy('memory_mb')
      .orderBy('id');
    const { count, rows } = await paged(context, params, 'service_offering', query);
    return { count, items: rows.map(serviceOfferingResponse) };
  },

  async updateServiceOffering({ db }, params) {
    await lock(db, 'service_offering', params.id);
    const old = await one(db, params.id);
    await db
      .updateTable('service_offering')
      .set({
        name: params.name || old.name,
        display_text: params.displaytext ?? old.display_text,
        host_tags: params.hosttags === undefined ? old.host_tags : tagsOf(params.hosttags),
        storage_tags: params.storagetags === undefined ? old.storage_tags : tagsOf(params.storagetags),
      })
      .where('id', '=', params.id)
      .execute();
    return serviceOfferingResponse(await one(db, params.id));
  },

  async deleteServiceOffering({ db }, { id }) {
    await lock(db, 'service_offering', id);
    await markRemoved(db, 'service_offering', id);
    return { success: true };
  },
} satisfies Handlers<'createServiceOffering' | 'listServiceOfferings' | 'updateServiceOffering' | 'deleteServiceOffering'>;

const one = (db: Database, id: string): Promise<Row> =>
  db.selectFrom('service_offering').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
