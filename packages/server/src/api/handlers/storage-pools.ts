import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { mountPoint, recordPools } from '../../storage/host-pools.ts';
import { containing, having, meaning } from '../conditions.ts';
import type { Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { placeOf, poolKind } from './pool-place.ts';
import { inState, one, select, storagePoolResponse, usedBy } from './pool-rows.ts';
import { giveBack, makeReady, reportOf } from './prepare-pool.ts';
import { refuseKnown, refuseTaken } from './refuse-pool.ts';
import { lock, markRemoved, refuse, refuseWhileUsed, tagsOf } from './rows.ts';

export const storagePools = {
  async createStoragePool(context, params) {
    const { db } = context;
    const kind = poolKind(params);
    const place = await placeOf(context, params, kind);
    await refuseKnown(db, params, kind, place);
    const id = randomUUID();
    const path = kind.path ?? mountPoint(id);
    // Before the zone is locked: a server that does not answer takes its time.
    const words = await makeReady(context, place.hosts, { path, ...(kind.source && { source: kind.source }) });
    try {
      await lock(db, 'zone', params.zoneid);
      await refuseKnown(db, params, kind, place);
      const { capacityBytes, usedBytes } = reportOf(words);
      await db
        .insertInto('storage_pool')
        .values({
          ...{ id, name: params.name, type: kind.type, scope: kind.scope, path, address: place.address, state: 'Up' },
          ...{ zone_id: params.zoneid, pod_id: place.podId, cluster_id: place.clusterId, host_id: place.hostId },
          ...{ hypervisor: place.hypervisor, export_path: kind.source?.path ?? null, mount_options: kind.source?.options ?? [] },
          ...{ capacity_bytes: capacityBytes, used_bytes: usedBytes, tags: tagsOf(params.tags ?? '') },
        })
        .execute();
      for (const { host, report } of words) await recordPools(db, host.id, [report]);
    } catch (error) {
      if (kind.source) await giveBack(context, place.hosts, path);
      throw error;
    }
    return storagePoolResponse(context, await one(db, id));
  },

  async listStoragePools(context, params) {
    const query = select(context.db)
      .where(having({ 'storage_pool.id': params.id, 'storage_pool.name': params.name, 'storage_pool.zone_id': params.zoneid }))
      .where(having({ 'storage_pool.pod_id': params.podid, 'storage_pool.cluster_id': params.clusterid }))
      .where(having({ 'storage_pool.address': params.ipaddress }))
      .where(
        params.path === undefined ? sql<boolean>`true` : sql<boolean>`coalesce(export_path, storage_pool.path) = ${params.path}`,
      )
      .where(meaning({ 'storage_pool.scope': params.scope }))
      .where(inState(params.status))
      .where(usedBy(params.hostid))
      .where(containing(params.keyword, 'storage_pool.name', 'storage_pool.type'))
      .orderBy('storage_pool.created')
      .orderBy('storage_pool.id');
    const { count, rows } = await paged(context, params, 'storage_pool', query);
    return { count, items: await Promise.all(rows.map((row) => storagePoolResponse(context, row))) };
  },

  async updateStoragePool(context, { id, name, tags, enabled, details, url }) {
    const { db } = context;
    await lock(db, 'storage_pool', id);
    const row = await one(db, id);
    if (url !== undefined || details?.nfsmountopts !== undefined)
      refuse(
        `Where the primary storage ${row.name} is, and how it is mounted, cannot be changed. Add it anew, under another name.`,
      );
    if (name !== undefined && name !== row.name) await refuseTaken(db, row.zone_id, name);
    const patch = {
      ...(name !== undefined && { name }),
      ...(tags !== undefined && { tags: tags.map((tag) => tag.trim()).filter((tag) => tag !== '') }),
      ...(enabled !== undefined && { state: enabled ? 'Up' : 'Disabled' }),
    };
    if (Object.keys(patch).length > 0) await db.updateTable('storage_pool').set(patch).where('id', '=', id).execute();
    return storagePoolResponse(context, await one(db, id));
  },

  async deleteStoragePool({ db, jobs, caller, command }, { id, forced }) {
    await lock(db, 'storage_pool', id);
    const { name, export_path } = await one(db, id);
    await refuseWhileUsed(
      db,
      id,
      `The primary storage ${name}`,
      [['volume', 'storage_pool_id', 'volume', 'volumes']],
      forced ? notDestroyed : undefined,
    );
    await db.deleteFrom('template_pool').where('storage_pool_id', '=', id).execute();
    await markRemoved(db, 'storage_pool', id);
    if (export_path !== null) await jobs.enqueue(db, { saga: 'release-pool', state: { poolId: id } }, { ...caller, command });
    return { success: true };
  },
} satisfies Handlers<'createStoragePool' | 'listStoragePools' | 'updateStoragePool' | 'deleteStoragePool'>;

const notDestroyed = sql<boolean>`state not in ('Destroy', 'Expunged')`;
