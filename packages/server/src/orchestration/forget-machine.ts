import { sql } from 'kysely';
import type { Database } from '../db/database.ts';

/**
 * Takes a machine's rows away, and those of its disks and addresses; answers the networks on which it was. Nothing of it is left that would say that the
 * domain of this id was ever the cloud's: a machine that is marked as removed is removed from its host wherever it shows up.
 */
export async function forgetMachine(db: Database, id: string): Promise<readonly string[]> {
  const nics = await db.deleteFrom('nic').where('virtual_machine_id', '=', id).returning('network_id').execute();
  await db.deleteFrom('volume').where('virtual_machine_id', '=', id).where('removed', 'is', null).execute();
  await db.updateTable('volume').set({ virtual_machine_id: null }).where('virtual_machine_id', '=', id).execute();
  await db.deleteFrom('virtual_machine').where('id', '=', id).execute();
  await sql`set constraints all immediate`.execute(db);
  return [...new Set(nics.map(({ network_id }) => network_id))];
}
