import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { Caller } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import { callerById } from './callers.ts';
import type { Settings } from './settings.ts';

/** What a browser keeps of a session: the cookie and the key that every call carries beside it. The database has only their hashes. */
export type SessionKeys = { readonly id: string; readonly key: string };
/** When a session ends by itself, minutes: after the last call, and whatever happens. */
export type SessionLife = { readonly idle: number; readonly whole: number };

const hash = (secret: string): string => createHash('sha256').update(secret).digest('hex');
const expired = ({ idle, whole }: SessionLife) =>
  sql<boolean>`(used < now() - make_interval(mins => ${idle}) or created < now() - make_interval(mins => ${whole}))`;

export const sessionLife = async (settings: Settings): Promise<SessionLife> => ({
  idle: await settings.number('session.timeout'),
  whole: await settings.number('session.lifetime'),
});

/** Also forgets the sessions that ended by themselves. */
export async function beginSession(db: Database, userId: string, life: SessionLife): Promise<SessionKeys> {
  const keys = { id: randomBytes(32).toString('base64url'), key: randomBytes(32).toString('base64url') };
  await db.deleteFrom('session').where(expired(life)).execute();
  await db
    .insertInto('session')
    .values({ id_hash: hash(keys.id), key_hash: hash(keys.key), user_id: userId })
    .execute();
  return keys;
}

/** Whose session it is; nobody's where the key is another's, or it was idle or lasted for too long. */
export async function sessionCaller(db: Database, { id, key }: SessionKeys, life: SessionLife): Promise<Caller | undefined> {
  const row = await db
    .selectFrom('session')
    .select(['key_hash', 'user_id', 'verified', sql<boolean>`used < now() - interval '30 seconds'`.as('stale')])
    .where('id_hash', '=', hash(id))
    .where((eb) => eb.not(expired(life)))
    .executeTakeFirst();
  if (!row || !isKey(row, key)) return undefined;
  if (row.stale) await db.updateTable('session').set({ used: new Date() }).where('id_hash', '=', hash(id)).execute();
  const caller = await callerById(db, row.user_id);
  return caller && { ...caller, session: { idHash: hash(id), verified: row.verified } };
}

const isKey = ({ key_hash }: { key_hash: string }, key: string): boolean =>
  timingSafeEqual(Buffer.from(key_hash), Buffer.from(hash(key)));

/** Answers false, and ends nothing, where there is such a session and the key is not its own: a page of somebody else's has the cookie sent too. */
export async function endSession(db: Database, { id, key }: SessionKeys): Promise<boolean> {
  const row = await db.selectFrom('session').select('key_hash').where('id_hash', '=', hash(id)).executeTakeFirst();
  if (row && !isKey(row, key)) return false;
  await db.deleteFrom('session').where('id_hash', '=', hash(id)).execute();
  return true;
}

/** Ends what lets users in beside their passwords and keys: sessions, tickets to consoles. */
async function endAllOf(db: Database, users: RawBuilder<unknown>): Promise<void> {
  for (const table of ['session', 'console_ticket'] as const)
    await sql`delete from ${sql.table(table)} where user_id in ${users}`.execute(db);
}

/** Ends all sessions of a user: his password changed, or he was shut out. */
export const endSessionsOf = (db: Database, userId: string): Promise<void> => endAllOf(db, sql`(select ${userId}::uuid)`);

export const endSessionsOfAccount = (db: Database, accountId: string): Promise<void> =>
  endAllOf(db, sql`(select id from users where account_id = ${accountId})`);

/** Of everybody in a domain and below it. */
export const endSessionsBelow = (db: Database, path: string): Promise<void> =>
  endAllOf(
    db,
    sql`(select u.id from users u join account a on a.id = u.account_id join domain d on d.id = a.domain_id where starts_with(d.path, ${path}))`,
  );
