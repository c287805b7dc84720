import { randomBytes } from 'node:crypto';
import type { Caller } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import { callerById } from './callers.ts';
import type { Secrets } from './secrets.ts';

export type ApiKeys = { readonly apikey: string; readonly secretkey: string };

const purpose = (apiKey: string): string => `api-key ${apiKey}`;
const freshKey = (): string => randomBytes(64).toString('base64url');

/** New keys for a user; those until now stop working. */
export async function replaceApiKeys(db: Database, secrets: Secrets, userId: string): Promise<ApiKeys> {
  const keys = { apikey: freshKey(), secretkey: freshKey() };
  await db.deleteFrom('api_key').where('user_id', '=', userId).execute();
  const secret = secrets.seal(keys.secretkey, purpose(keys.apikey));
  await db.insertInto('api_key').values({ api_key: keys.apikey, user_id: userId, secret }).execute();
  return keys;
}

export async function apiKeysOf(db: Database, secrets: Secrets, userId: string): Promise<ApiKeys | undefined> {
  const row = await db
    .selectFrom('api_key')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created', 'desc')
    .executeTakeFirst();
  return row && { apikey: row.api_key, secretkey: secrets.open(row.secret, purpose(row.api_key)) };
}

/** Who has that key, and the secret that his signatures are made with. */
export async function keyHolder(
  db: Database,
  secrets: Secrets,
  apiKey: string,
): Promise<{ readonly caller: Caller; readonly secretKey: string } | undefined> {
  const row = await db.selectFrom('api_key').selectAll().where('api_key', '=', apiKey).executeTakeFirst();
  const caller = row && (await callerById(db, row.user_id));
  return caller && { caller, secretKey: secrets.open(row.secret, purpose(apiKey)) };
}
