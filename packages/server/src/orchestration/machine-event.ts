import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';

/** Writes an event about a machine that no command asked for. */
export async function recordMachineEvent(
  db: Database,
  machine: { id: string; account_id: string; domain_id: string },
  type: string,
  level: 'INFO' | 'WARN' | 'ERROR',
  description: string,
): Promise<void> {
  await db
    .insertInto('event')
    .values({
      id: randomUUID(),
      type,
      level,
      state: 'Completed',
      description,
      account_id: machine.account_id,
      domain_id: machine.domain_id,
      project_id: sql<string | null>`(select project_id from virtual_machine where id = ${machine.id})`,
      resource_type: 'VirtualMachine',
      resource_id: machine.id,
    })
    .execute();
}
