import type { ParamsOf } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import type { Place, PoolKind } from './pool-place.ts';
import { refuse } from './rows.ts';

/** @throws {CloudError} `parameter`: its name is taken, or it is there already. */
export async function refuseKnown(
  db: Database,
  params: ParamsOf<'createStoragePool'>,
  kind: PoolKind,
  place: Place,
): Promise<void> {
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

/** @throws {CloudError} `parameter`: the zone has another of that name. */
export async function refuseTaken(db: Database, zoneId: string, name: string): Promise<void> {
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
