import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { Caller } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import { callerById } from './callers.ts';

/** What a browser keeps of a session: the cookie and the key that every call carries beside it. The database has only their hashes. */
export type SessionKeys = { readonly id: string; readonly key: string };

const hash = (secret: string): string => createHash('sha256').update(secret).digest('hex');
const expired = (minutes: number) => sql<boolean>`used < now() - make_interval(mins => ${minutes})`;

/** Also forgets the sessions that ended by themselves. */
export async function beginSession(db: Database, userId: string, timeoutMinutes: number): Promise<SessionKeys> {
  const keys = { id: randomBytes(32).toString('base64url'), key: randomBytes(32).toString('base64url') };
  await db.deleteFrom('session').where(expired(timeoutMinutes)).execute();
  await db
    .insertInto('session')
    .values({ id_hash: hash(keys.id), key_hash: hash(keys.key), user_id: userId })
    .execute();
  return keys;
}

/** Whose session it is; nobody's where the key is another's, or it was idle for too long. */
export async function sessionCaller(db: Database, { id, key }: SessionKeys, timeoutMinutes: number): Promise<Caller | undefined> {
  const row = await db
    .selectFrom('session')
    .select(['key_hash', 'user_id', sql<boolean>`used < now() - interval '30 seconds'`.as('stale')])
    .where('id_hash', '=', hash(id))
    .where((eb) => eb.not(expired(timeoutMinutes)))
    .executeTakeFirst();
  if (!row || !timingSafeEqual(Buffer.from(row.key_hash), Buffer.from(hash(key)))) return undefined;
  if (row.stale) await db.updateTable('session').set({ used: new Date() }).where('id_hash', '=', hash(id)).execute();
  return callerById(db, row.user_id);
}

export async function endSession(db: Database, id: string): Promise<void> {
  await db.deleteFrom('session').where('id_hash', '=', hash(id)).execute();
}

/** Ends all sessions of a user: his password changed. */
export async function endSessionsOf(db: Database, userId: string): Promise<void> {
  await db.deleteFrom('session').where('user_id', '=', userId).execute();
}
