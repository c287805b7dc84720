import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';

/** What a ticket lets in to, and whose it is. */
export type ConsoleTicket = { readonly virtualMachineId: string; readonly userId: string };

const lifeSeconds = 60;
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const tooOld = sql<boolean>`created < now() - make_interval(secs => ${lifeSeconds})`;

/** A text that lets in once, within a minute; the database has its hash alone. */
export async function issueTicket(db: Database, ticket: ConsoleTicket): Promise<string> {
  const text = randomBytes(32).toString('base64url');
  await db.deleteFrom('console_ticket').where(tooOld).execute();
  await db
    .insertInto('console_ticket')
    .values({ hash: hash(text), virtual_machine_id: ticket.virtualMachineId, user_id: ticket.userId })
    .execute();
  return text;
}

export async function redeemTicket(db: Database, text: string): Promise<ConsoleTicket | undefined> {
  const row = await db
    .deleteFrom('console_ticket')
    .where('hash', '=', hash(text))
    .returning(['virtual_machine_id as virtualMachineId', 'user_id as userId', tooOld.as('tooOld')])
    .executeTakeFirst();
  return row && !row.tooOld ? { virtualMachineId: row.virtualMachineId, userId: row.userId } : undefined;
}
