import { randomBytes, randomUUID } from 'node:crypto';
import { type Expression, type RawBuilder, sql } from 'kysely';
import type { Caller } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { callerById } from './callers.ts';
import type { DescribedRule } from './rules.ts';
import type { Secrets } from './secrets.ts';

export type ApiKeys = { readonly apikey: string; readonly secretkey: string };

/** A pair of keys that is to be made. */
export type NewPair = {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly description?: string | undefined;
  readonly starts?: Date | undefined;
  readonly ends?: Date | undefined;
  readonly rules: readonly DescribedRule[];
};

const purpose = (apiKey: string): string => `api-key ${apiKey}`;
const freshKey = (): string => randomBytes(64).toString('base64url');

/** Pairs that one user can have. */
const most = 50;

/** @throws {CloudError} `resource-limit`: the user can have no more. */
export async function requireRoomForKeys(db: Database, userId: string): Promise<void> {
  const { n } = await db
    .selectFrom('api_key')
    .select(sql<number>`count(*)`.as('n'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  if (n >= most)
    throw new CloudError(
      'resource-limit',
      `The user has ${n} pairs of API keys, and ${most} is the most. Delete one first (deleteUserKeys).`,
    );
}

/** Makes a pair of keys, once: made again it stays as it is. Of two made at once the second sees the first. @throws {CloudError} as `requireRoomForKeys` */
export async function addApiKeys(db: Database, secrets: Secrets, pair: NewPair): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx.selectFrom('users').select('id').where('id', '=', pair.userId).forUpdate().execute();
    if (await openApiKeys(tx, secrets, pair.id)) return;
    await requireRoomForKeys(tx, pair.userId);
    await makeApiKeys(tx, secrets, pair);
  });
}

async function makeApiKeys(db: Database, secrets: Secrets, pair: NewPair): Promise<void> {
  const [api_key, secret] = [freshKey(), freshKey()];
  await db
    .insertInto('api_key')
    .values({
      api_key,
      id: pair.id,
      user_id: pair.userId,
      secret: secrets.seal(secret, purpose(api_key)),
      name: pair.name,
      description: pair.description ?? null,
      starts: pair.starts ?? null,
      ends: pair.ends ?? null,
      rules: JSON.stringify(pair.rules),
    })
    .execute();
}

/** A pair of keys with its secret. */
export async function openApiKeys(db: Database, secrets: Secrets, id: string): Promise<ApiKeys | undefined> {
  const row = await db.selectFrom('api_key').select(['api_key', 'secret']).where('id', '=', id).executeTakeFirst();
  return row && { apikey: row.api_key, secretkey: secrets.open(row.secret, purpose(row.api_key)) };
}

/** New keys for a user; all until now stop working. */
export async function replaceApiKeys(db: Database, secrets: Secrets, userId: string): Promise<ApiKeys> {
  const id = randomUUID();
  await db.deleteFrom('api_key').where('user_id', '=', userId).execute();
  await makeApiKeys(db, secrets, { id, userId, name: 'First API keys', rules: [] });
  return (await openApiKeys(db, secrets, id))!;
}

/** The condition under which a pair of keys opens anything now. */
const goodNow = sql<boolean>`((starts is null or starts <= now()) and (ends is null or ends > now()))`;

/** The pairs of a user that are good now: first those that may do whatever he may, the latest first. */
export const goodPairs = (userId: Expression<string> | string): RawBuilder<unknown> =>
  sql`select * from api_key where user_id = ${userId} and ${goodNow} order by rules = '[]'::jsonb desc, created desc, api_key`;

/** The API key that stands for a user where one is shown. */
export const latestApiKey = (userId: Expression<string>): RawBuilder<string | null> =>
  sql<string | null>`(select api_key from (${goodPairs(userId)} limit 1) as latest)`;

/** Who has that key, and the secret that his signatures are made with; nobody before its start and after its end. */
export async function keyHolder(
  db: Database,
  secrets: Secrets,
  apiKey: string,
): Promise<{ readonly caller: Caller; readonly secretKey: string } | undefined> {
  const row = await db.selectFrom('api_key').selectAll().where('api_key', '=', apiKey).where(goodNow).executeTakeFirst();
  const found = row && (await callerById(db, row.user_id));
  if (!row || !found) return undefined;
  const caller = { ...found, keyId: row.id, keyRules: row.rules, ...(row.ends && { keyEnds: row.ends }) };
  return { caller, secretKey: secrets.open(row.secret, purpose(apiKey)) };
}
