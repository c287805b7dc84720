import { sql } from 'kysely';
import { toldTo } from '../accounts/told.ts';
import type { Cloud } from '../cloud.ts';
import { isCloudError } from '../error.ts';
import { applyWhereNeeded } from './apply-network.ts';

/** Gives a machine's addresses back, and has the hosts forget its leases. */
export async function releaseAddresses(cloud: Cloud, machineId: string, hostId?: string | null): Promise<void> {
  await cloud.db
    .updateTable('nic')
    .set({ removed: new Date() })
    .where('virtual_machine_id', '=', machineId)
    .where('removed', 'is', null)
    .execute();
  const nics = await cloud.db
    .selectFrom('nic')
    .select('network_id')
    .distinct()
    .where('virtual_machine_id', '=', machineId)
    .execute();
  for (const { network_id } of nics) await applyWhereNeeded(cloud, network_id, hostId ? [hostId] : []);
}

/** Removes the rows of volumes that have no file. */
export async function releaseVolumes({ db }: Cloud, machineId: string): Promise<void> {
  await db
    .updateTable('volume')
    .set({ removed: new Date(), state: 'Expunged' })
    .where('virtual_machine_id', '=', machineId)
    .where('path', 'is', null)
    .where('removed', 'is', null)
    .execute();
}

/** Shown as in Error, with what its owner may read of why. */
export async function showError({ db }: Cloud, machineId: string, failure: unknown): Promise<void> {
  const { account_id } = await db
    .selectFrom('virtual_machine')
    .select('account_id')
    .where('id', '=', machineId)
    .executeTakeFirstOrThrow();
  const error = isCloudError(failure) ? await toldTo(db, account_id, failure) : 'It could not be deployed.';
  await db
    .updateTable('virtual_machine')
    .set({ state: 'Error', host_id: null, error, state_changed: sql<Date>`clock_timestamp()` })
    .where('id', '=', machineId)
    .execute();
}
