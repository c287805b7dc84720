import { randomUUID } from 'node:crypto';
import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import { agentMethods, type PoolReport } from '@virtstack/protocol';
import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { containing, having, meaning } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { type Place, type PoolKind, placeOf, poolKind } from './pool-place.ts';
import { lock, markRemoved, refuse, refuseWhileUsed, tagsOf } from './rows.ts';

const select = (db: Database) =>
  db
    .selectFrom('storage_pool')
    .innerJoin('zone', 'zone.id', 'storage_pool.zone_id')
    .leftJoin('pod', 'pod.id', 'storage_pool.pod_id')
    .leftJoin('cluster', 'cluster.id', 'storage_pool.cluster_id')
    .selectAll('storage_pool')
    .select(['zone.name as zone_name', 'pod.name as pod_name', 'cluster.name as cluster_name', 'cluster.hypervisor'])
    .select(
      sql<number>`(select coalesce(sum(size_bytes), 0) from volume where storage_pool_id = storage_pool.id and volume.removed is null)`.as(
        'allocated',
      ),
    )
    .where('storage_pool.removed', 'is', null);
type Row = Awaited<ReturnType<typeof one>>;
const one = (db: Database, id: string) => select(db).where('storage_pool.id', '=', id).executeTakeFirstOrThrow();

export async function storagePoolResponse({ settings }: Context, row: Row): Promise<ResponseOf<'listStoragePools'>> {
  return {
    id: row.id,
    name: row.name,
    zoneid: row.zone_id,
    zonename: row.zone_name,
    podid: row.pod_id,
    podname: row.pod_name,
    clusterid: row.cluster_id,
    clustername: row.cluster_name,
    type: row.type,
    scope: row.scope,
    state: row.state,
    path: row.path,
    ipaddress: row.address,
    disksizetotal: row.capacity_bytes,
    disksizeused: row.used_bytes,
    disksizeallocated: row.allocated,
    overprovisionfactor: await settings.text('storage.overprovisioning.factor', { scope: 'storagepool', id: row.id }),
    hypervisor: row.hypervisor,
    provider: 'DefaultPrimary',
    tags: row.tags.join(','),
    managed: false,
    ...(row.host_id !== null && { details: { hostid: row.host_id } }),
    created: row.created,
  };
}

export const storagePools = {
  async createStoragePool(context, params) {
    const { db } = context;
    const kind = poolKind(params);
    const place = await placeOf(db, params, kind);
    await lock(db, 'zone', params.zoneid);
    await refuseKnown(db, params, kind, place);
    const { capacityBytes, usedBytes } = await prepare(context, place, kind.path);
    const id = randomUUID();
    await db
      .insertInto('storage_pool')
      .values({
        id,
        name: params.name,
        ...{ zone_id: params.zoneid, pod_id: place.podId, cluster_id: place.clusterId, host_id: place.hostId },
        ...{ type: kind.type, scope: kind.scope, path: kind.path, address: place.address, state: 'Up' },
        ...{ capacity_bytes: capacityBytes, used_bytes: usedBytes, tags: tagsOf(params.tags ?? '') },
      })
      .execute();
    return storagePoolResponse(context, await one(db, id));
  },

  async listStoragePools(context, params) {
    const query = select(context.db)
      .where(having({ 'storage_pool.id': params.id, 'storage_pool.name': params.name, 'storage_pool.zone_id': params.zoneid }))
      .where(having({ 'storage_pool.pod_id': params.podid, 'storage_pool.cluster_id': params.clusterid }))
      .where(having({ 'storage_pool.address': params.ipaddress, 'storage_pool.path': params.path }))
      .where(meaning({ 'storage_pool.scope': params.scope, 'storage_pool.state': params.status }))
      .where(usedBy(params.hostid))
      .where(containing(params.keyword, 'storage_pool.name', 'storage_pool.type'))
      .orderBy('storage_pool.created')
      .orderBy('storage_pool.id');
    const { count, rows } = await paged(context, params, 'storage_pool', query);
    return { count, items: await Promise.all(rows.map((row) => storagePoolResponse(context, row))) };
  },

  async deleteStoragePool({ db }, { id, forced }) {
    await lock(db, 'storage_pool', id);
    const { name } = await one(db, id);
    await refuseWhileUsed(
      db,
      id,
      `The primary storage ${name}`,
      [['volume', 'storage_pool_id', 'volume', 'volumes']],
      forced ? notDestroyed : undefined,
    );
    await db.deleteFrom('template_pool').where('storage_pool_id', '=', id).execute();
    await markRemoved(db, 'storage_pool', id);
    return { success: true };
  },
} satisfies Handlers<'createStoragePool' | 'listStoragePools' | 'deleteStoragePool'>;

const notDestroyed = sql<boolean>`state not in ('Destroy', 'Expunged')`;

/** Pools that a host uses: its own, those of its cluster and those of its zone. */
const usedBy = (hostId: string | undefined) =>
  hostId === undefined
    ? sql<boolean>`true`
    : sql<boolean>`exists (select from host where host.id = ${hostId} and (storage_pool.host_id = host.id or (storage_pool.host_id is null
        and host.zone_id = storage_pool.zone_id and (storage_pool.cluster_id is null or storage_pool.cluster_id = host.cluster_id))))`;

async function refuseKnown(db: Database, params: ParamsOf<'createStoragePool'>, kind: PoolKind, place: Place): Promise<void> {
  const others = await db
    .selectFrom('storage_pool')
    .selectAll()
    .where('zone_id', '=', params.zoneid)
    .where('removed', 'is', null)
    .execute();
  const named = others.find(({ name }) => name === params.name);
  if (named) refuse(`The zone has a primary storage named ${params.name} already. Choose another name.`);
  const same = others.find(
    (other) => other.path === kind.path && (other.host_id ?? other.cluster_id) === (place.hostId ?? place.clusterId),
  );
  if (same) refuse(`The directory ${kind.path} is that of the primary storage ${same.name} already.`);
}

/** Has every host that is connected make the directory ready; answers what the last one tells. */
async function prepare({ agents }: Context, { hosts }: Place, path: string): Promise<PoolReport> {
  const connected = hosts.filter(({ id }) => agents.connected(id));
  if (connected.length === 0) {
    const names = hosts.map(({ name }) => name).join(', ') || 'none';
    return refuse(
      `No host that would use ${path} is connected (${names}), so nobody can make it ready. Start an agent there first.`,
    );
  }
  const reports = await Promise.all(connected.map(({ id }) => agents.call(id, agentMethods.preparePool, { path })));
  return reports.at(-1)!;
}
