import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Caller } from './handler.ts';

export type EventRecord = {
  readonly id?: string;
  readonly type: string;
  readonly command: string;
  readonly caller: Caller;
  readonly state: string;
  /** Why it failed, for the user. */
  readonly failure?: string;
  readonly resourceType?: string;
  readonly resourceId?: string;
};

const retrySeconds = 600;
const words: Readonly<Record<string, string>> = { Scheduled: 'Scheduled', Completed: 'Successfully completed' };

/** Writes down what somebody did, or asked for. */
export async function recordEvent(db: Database, event: EventRecord): Promise<void> {
  await db
    .insertInto('event')
    .values({
      id: event.id ?? randomUUID(),
      type: event.type,
      level: event.failure === undefined ? 'INFO' : 'ERROR',
      state: event.state,
      description: textOf(event),
      account_id: event.caller.accountId,
      domain_id: event.caller.domainId,
      user_id: event.caller.userId,
      resource_type: event.resourceType ?? null,
      resource_id: event.resourceId ?? null,
    })
    .execute();
}

/** As `recordEvent`; the same failure once more, with nothing of its type in between, is a retry of the one that was told. */
export async function recordFailure(db: Database, event: EventRecord & { readonly failure: string }): Promise<void> {
  const last = await db
    .selectFrom('event')
    .select('description')
    .where('account_id', '=', event.caller.accountId)
    .where('type', '=', event.type)
    .where('created', '>', sql<Date>`now() - ${retrySeconds} * interval '1 second'`)
    .orderBy('created', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last?.description !== textOf(event)) await recordEvent(db, event);
}

function textOf(event: EventRecord): string {
  const about = event.resourceId ? ` (${event.resourceType} ${event.resourceId})` : '';
  return event.failure === undefined
    ? `${words[event.state] ?? event.state} ${event.command}${about}`
    : `Failed: ${event.command}${about}: ${event.failure}`;
}
