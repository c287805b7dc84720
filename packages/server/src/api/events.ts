import { randomUUID } from 'node:crypto';
import { entityNamed, resourceTypeOf } from '@virtstack/contract';
import { type Insertable, sql } from 'kysely';
import { toldTo } from '../accounts/told.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';
import type { CloudError } from '../error.ts';
import { type Caller, type Owner, ownerColumns } from './handler.ts';
import { ownerSelf } from './owner.ts';
import { ownerOfThing } from './thing-owner.ts';

export type EventRecord = {
  readonly id?: string;
  readonly type: string;
  readonly command: string;
  /** Who did it. */
  readonly caller: Caller;
  readonly state: string;
  /** Why it failed. */
  readonly failure?: CloudError | undefined;
  /** What it is about: the event is whose that is. */
  readonly thing?: { readonly type: string; readonly id: string } | undefined;
  /** Whose it is where it is about nothing that anybody owns; absent: the caller's. */
  readonly owner?: Owner;
};
type Row = Insertable<Tables['event']>;

const retrySeconds = 600;
const words: Readonly<Record<string, string>> = { Scheduled: 'Scheduled', Completed: 'Successfully completed' };

/** Writes down what somebody did, or asked for: the owner of the thing reads it, whoever it was. */
export async function recordEvent(db: Database, event: EventRecord): Promise<void> {
  await db
    .insertInto('event')
    .values(await rowOf(db, event))
    .execute();
}

/** As `recordEvent`; the same failure once more, with nothing of its type in between, is a retry of the one that was told. */
export async function recordFailure(db: Database, event: EventRecord & { readonly failure: CloudError }): Promise<void> {
  const row = await rowOf(db, event);
  const last = await db
    .selectFrom('event')
    .select('description')
    .where('account_id', '=', row.account_id)
    .where('type', '=', row.type)
    .where('created', '>', sql<Date>`now() - ${retrySeconds} * interval '1 second'`)
    .orderBy('created', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last?.description !== row.description) await db.insertInto('event').values(row).execute();
}

async function rowOf(db: Database, event: EventRecord): Promise<Row> {
  const { thing, caller, failure } = event;
  const entity = thing && entityNamed(thing.type);
  const owner = (entity && (await ownerOfThing(db, entity, thing.id))) ?? event.owner ?? ownerSelf(caller);
  const type = entity ? resourceTypeOf(entity) : thing?.type;
  const about = thing ? ` (${type} ${thing.id})` : '';
  return {
    id: event.id ?? randomUUID(),
    type: event.type,
    level: failure ? 'ERROR' : 'INFO',
    state: event.state,
    description: failure
      ? `Failed: ${event.command}${about}: ${await toldTo(db, owner.accountId, failure)}`
      : `${words[event.state] ?? event.state} ${event.command}${about}`,
    ...ownerColumns(owner),
    user_id: caller.userId,
    resource_type: type ?? null,
    resource_id: thing?.id ?? null,
  };
}
