import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';

/** The states of a host that is closed for maintenance, or on its way there. */
export const maintenanceStates = ['PrepareForMaintenance', 'Maintenance', 'ErrorInPrepareForMaintenance'] as const;
export type MaintenanceState = (typeof maintenanceStates)[number];

export const isInMaintenance = (resourceState: string): boolean =>
  (maintenanceStates as readonly string[]).includes(resourceState);

export type Closing = { readonly hostId: string };

/** Changes a host's state where it is one of those; answers whether it did. */
export async function changeState(db: Database, hostId: string, from: readonly string[], to: string): Promise<boolean> {
  const changed = await db
    .updateTable('host')
    .set({ resource_state: to })
    .where('id', '=', hostId)
    .where('removed', 'is', null)
    .where('resource_state', 'in', [...from])
    .executeTakeFirst();
  return changed.numUpdatedRows > 0n;
}

/** @throws {CloudError} `conflict`: somebody opened it meanwhile. */
export async function requireClosing(db: Database, { hostId }: Closing): Promise<void> {
  const host = await db.selectFrom('host').select(['name', 'resource_state']).where('id', '=', hostId).executeTakeFirstOrThrow();
  if (host.resource_state !== 'PrepareForMaintenance')
    throw new CloudError(
      'conflict',
      `Host ${host.name} is ${host.resource_state}: its preparation for maintenance was cancelled. What has moved away stays where it is.`,
    );
}

/** The machines that hold a place on a host: those that are up, come up, or come there. */
export const machinesOn = (db: Database, hostId: string) =>
  db
    .selectFrom('virtual_machine')
    .select(['id', 'display_name', 'state', 'host_id'])
    .where((eb) => eb.or([eb('host_id', '=', hostId), eb('migration_host_id', '=', hostId)]))
    .where('removed', 'is', null)
    .orderBy(sql`memory_mb`)
    .orderBy('id')
    .execute();
