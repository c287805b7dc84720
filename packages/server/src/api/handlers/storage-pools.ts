import { randomUUID } from 'node:crypto';
import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { mountPoint, recordPools } from '../../storage/host-pools.ts';
import { usesPool } from '../../storage/pool-hosts.ts';
import { containing, having, meaning } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { type Place, type PoolKind, placeOf, poolKind } from './pool-place.ts';
import { giveBack, makeReady, reportOf } from './prepare-pool.ts';
import { lock, markRemoved, refuse, refuseWhileUsed, tagsOf } from './rows.ts';

/** Hosts that cannot use it now, and why. */
const losses = sql<Record<string, string>>`(select coalesce(jsonb_object_agg(host.name, said.problem), '{}')
  from pool_host said join host on host.id = said.host_id and host.removed is null
  where said.storage_pool_id = storage_pool.id and said.problem is not null)`;

const select = (db: Database) =>
  db
    .selectFrom('storage_pool')
    .innerJoin('zone', 'zone.id', 'storage_pool.zone_id')
    .leftJoin('pod', 'pod.id', 'storage_pool.pod_id')
    .leftJoin('cluster', 'cluster.id', 'storage_pool.cluster_id')
    .selectAll('storage_pool')
    .select(['zone.name as zone_name', 'pod.name as pod_name', 'cluster.name as cluster_name'])
    .select(['cluster.hypervisor as cluster_hypervisor', losses.as('losses')])
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
    state: stateOf(row),
    path: row.export_path ?? row.path,
    ipaddress: row.address,
    disksizetotal: row.capacity_bytes,
    disksizeused: row.used_bytes,
    disksizeallocated: row.allocated,
    overprovisionfactor: await settings.text('storage.overprovisioning.factor', { scope: 'storagepool', id: row.id }),
    hypervisor: row.hypervisor ?? row.cluster_hypervisor,
    provider: 'DefaultPrimary',
    tags: row.tags.join(','),
    managed: false,
    ...detailsOf(row),
    created: row.created,
  };
}

/** One that is enabled and that a host has lost is shown, although others go on with it. */
const stateOf = ({ state, losses }: Row): string => (state === 'Up' && Object.keys(losses).length > 0 ? 'Alert' : state);

function detailsOf({ host_id, mount_options, losses }: Row): { details?: Record<string, string> } {
  const lost = Object.entries(losses).map(([host, problem]) => `${host}: ${problem}`);
  const details = {
    ...(host_id !== null && { hostid: host_id }),
    ...(mount_options.length > 0 && { nfsmountopts: mount_options.join(',') }),
    ...(lost.length > 0 && { lost: lost.join(' ') }),
  };
  return Object.keys(details).length > 0 ? { details } : {};
}

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

const isLost = sql<boolean>`${losses} <> '{}'`;

/** By the state that is shown. */
function inState(state: string | undefined) {
  if (state === undefined) return sql<boolean>`true`;
  if (state.toLowerCase() === 'alert') return sql<boolean>`storage_pool.state = 'Up' and ${isLost}`;
  return sql<boolean>`lower(storage_pool.state) = ${state.toLowerCase()} and not (storage_pool.state = 'Up' and ${isLost})`;
}

/** Pools that a host uses: its own, those of its cluster and those of its zone. */
const usedBy = (hostId: string | undefined) =>
  hostId === undefined
    ? sql<boolean>`true`
    : sql<boolean>`exists (select from host h join storage_pool p on ${usesPool} where h.id = ${hostId} and p.id = storage_pool.id)`;

async function refuseKnown(db: Database, params: ParamsOf<'createStoragePool'>, kind: PoolKind, place: Place): Promise<void> {
  await refuseTaken(db, params.zoneid, params.name);
  if (kind.source) return refuseKnownExport(db, kind.source);
  const same = await db
    .selectFrom('storage_pool')
    .selectAll()
    .where('zone_id', '=', params.zoneid)
    .where('path', '=', kind.path)
    .where('removed', 'is', null)
    .execute();
  const other = same.find(({ host_id, cluster_id }) => (host_id ?? cluster_id) === (place.hostId ?? place.clusterId));
  if (other) refuse(`The directory ${kind.path} is that of the primary storage ${other.name} already.`);
}

async function refuseTaken(db: Database, zoneId: string, name: string): Promise<void> {
  const named = await db
    .selectFrom('storage_pool')
    .select('id')
    .where('zone_id', '=', zoneId)
    .where('name', '=', name)
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (named) refuse(`The zone has a primary storage named ${name} already. Choose another name.`);
}

/** Two pools in one directory would count its room twice, wherever their hosts are. */
async function refuseKnownExport(db: Database, { server, path }: NonNullable<PoolKind['source']>): Promise<void> {
  const known = await db
    .selectFrom('storage_pool as p')
    .innerJoin('zone as z', 'z.id', 'p.zone_id')
    .select(['p.name', 'z.name as zone'])
    .where(sql<boolean>`lower(p.address) = ${server}`)
    .where('p.export_path', '=', path)
    .where('p.removed', 'is', null)
    .executeTakeFirst();
  if (known)
    refuse(
      `${server}:${path} is that of the primary storage ${known.name} of zone ${known.zone} already. Export another directory.`,
    );
}
