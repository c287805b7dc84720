import { randomUUID } from 'node:crypto';
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

const words: Readonly<Record<string, string>> = { Scheduled: 'Scheduled', Completed: 'Successfully completed' };

/** Writes down what somebody did, or asked for. */
export async function recordEvent(db: Database, event: EventRecord): Promise<void> {
  const about = event.resourceId ? ` (${event.resourceType} ${event.resourceId})` : '';
  const beginning =
    event.failure === undefined ? `${words[event.state] ?? event.state} ${event.command}` : `Failed: ${event.command}`;
  await db
    .insertInto('event')
    .values({
      id: event.id ?? randomUUID(),
      type: event.type,
      level: event.failure === undefined ? 'INFO' : 'ERROR',
      state: event.state,
      description: `${beginning}${about}${event.failure === undefined ? '' : `: ${event.failure}`}`,
      account_id: event.caller.accountId,
      domain_id: event.caller.domainId,
      user_id: event.caller.userId,
      resource_type: event.resourceType ?? null,
      resource_id: event.resourceId ?? null,
    })
    .execute();
}
