import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { VolumeNeed } from './need.ts';

/** Volumes as placement sees them: its own offering says where a data disk is kept, its machine's where a root disk is. */
const needs = (db: Database) =>
  db
    .selectFrom('volume as v')
    .leftJoin('disk_offering as disk', 'disk.id', 'v.disk_offering_id')
    .leftJoin('virtual_machine as vm', 'vm.id', 'v.virtual_machine_id')
    .leftJoin('service_offering as o', 'o.id', 'vm.service_offering_id')
    .select(['v.id', 'v.name', 'v.size_bytes as sizeBytes', 'v.storage_pool_id as poolId'])
    .select(sql<'local' | 'shared'>`coalesce(disk.storage_type, o.storage_type, 'shared')`.as('storage'))
    .select(sql<string[]>`coalesce(disk.tags, o.storage_tags, '{}')`.as('tags'))
    .where('v.removed', 'is', null);

/** Those that a machine has; one that is just being attached is not its own yet. */
export const volumesOf = (db: Database, machineId: string): Promise<VolumeNeed[]> =>
  needs(db).where('v.virtual_machine_id', '=', machineId).where('v.state', '<>', 'Attaching').orderBy('v.device_id').execute();

export const volumeNeed = (db: Database, id: string): Promise<VolumeNeed> =>
  needs(db).where('v.id', '=', id).executeTakeFirstOrThrow();
