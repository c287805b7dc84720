import { randomUUID } from 'node:crypto';
import type { ParamsOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { requireAbove, standingOf } from '../../accounts/above.ts';
import { goodPairs, openApiKeys, requireRoomForKeys } from '../../accounts/api-keys.ts';
import { covers, type Rule } from '../../accounts/permissions.ts';
import { rulesFrom } from '../../accounts/rules.ts';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { containing } from '../conditions.ts';
import { nameable } from '../entities.ts';
import type { Caller, Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { fromKeyPairs, type KeyPairRow, keyPairResponse, selectKeyPairs } from './key-pair-rows.ts';
import { refuse } from './rows.ts';
import { selectUsers, userResponse } from './users.ts';

export const userKeys = {
  getUser: async ({ db, caller }, { userapikey }) => {
    const row = await selectUsers(db)
      .where((eb) => eb('u.id', 'in', db.selectFrom('api_key').select('user_id').where('api_key', '=', userapikey)))
      .where(nameable('user', 'u', caller, 'getUser', 'use'))
      .executeTakeFirst();
    if (!row) throw new CloudError('parameter', 'There is no user with that API key, or he is not yours to see.');
    return userResponse(row, caller);
  },
  registerUserKeys: async (context, params) => {
    const { db, caller } = context;
    const user = await userOf(db, params.id);
    const rules = rulesFrom(params.rules);
    await requireRights(context, user, rules);
    await requireRoomForKeys(db, user.id);
    const name = params.name || `Keys of ${user.name}`;
    const state = { id: randomUUID(), userId: user.id, name, description: params.description, rules, ...datesOf(caller, params) };
    return { saga: 'register-user-keys', state, subject: user.id, instance: { type: 'User', id: user.id } };
  },
  getUserKeys: async (context, { id }) => {
    const { db, secrets, caller } = context;
    const user = await userOf(db, id);
    if (user.id !== caller.userId) requireAbove(caller, await standingOf(db, user.accountId), `the user ${user.name}`);
    const pairs = await sql<{ id: string; rules: readonly Rule[] }>`${goodPairs(user.id)}`.execute(db);
    const mine = pairs.rows.find(({ rules }) => user.id !== caller.userId || covers(caller, { ...caller, keyRules: rules }));
    return (mine && (await openApiKeys(db, secrets, mine.id))) ?? {};
  },
  listUserKeys: async (context, params) => {
    const { count, rows } = await paged(
      context,
      { page: params.page, pagesize: params.pagesize, listall: true },
      'k',
      matching(context, params),
      (query) => query.selectAll('k').orderBy('k.created').orderBy('k.id'),
    );
    return { count, items: rows.map((row) => keyPairResponse(row as KeyPairRow, params.showpermissions)) };
  },
  listUserKeyRules: async ({ db, caller }, { keypairid }) => {
    const row = await selectKeyPairs(db).where('k.id', '=', keypairid).executeTakeFirst();
    const items = row && (caller.role !== 'User' || row.user_id === caller.userId) ? row.rules : [];
    return { count: items.length, items };
  },
  deleteUserKeys: async (context, { keypairid }) => {
    const { db } = context;
    const row = await selectKeyPairs(db).where('k.id', '=', keypairid).executeTakeFirstOrThrow();
    await requireRights(context, await userOf(db, row.user_id), row.rules);
    return {
      saga: 'delete-user-keys',
      state: { id: keypairid },
      subject: row.user_id,
      instance: { type: 'User', id: row.user_id },
    };
  },
} satisfies Handlers<'getUser' | 'registerUserKeys' | 'getUserKeys' | 'listUserKeys' | 'listUserKeyRules' | 'deleteUserKeys'>;

type User = { readonly id: string; readonly accountId: string; readonly name: string };

const userOf = (db: Database, id: string): Promise<User> =>
  db
    .selectFrom('users')
    .select(['id', 'account_id as accountId', 'username as name'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();

/**
 * Whoever makes or takes away somebody else’s keys must be above him; and whoever does so by a key with rules has no more by his other keys.
 * @throws {CloudError} `account`
 */
async function requireRights({ db, caller }: Context, user: User, rules: readonly Rule[]): Promise<void> {
  if (user.id !== caller.userId) return requireAbove(caller, await standingOf(db, user.accountId), `the user ${user.name}`);
  if (!covers(caller, { ...caller, keyRules: rules }))
    throw new CloudError(
      'account',
      'The key by which you sign has rules, and may not be used for one that permits more. Name rules that permit no more, or log in.',
    );
}

/** What is made by a key ends with it at the latest. @throws {CloudError} `parameter`: a time that never comes. */
function datesOf({ keyEnds }: Caller, params: ParamsOf<'registerUserKeys'>) {
  const { startdate, enddate } = { ...params, enddate: params.enddate ?? keyEnds };
  if (enddate && enddate <= (startdate ?? new Date()))
    refuse('The end of the keys’ time (enddate) is in the future, and after its start (startdate).');
  if (keyEnds && enddate && enddate > keyEnds)
    refuse(`The key by which you sign ends at ${keyEnds.toISOString()}: what is made by it ends then at the latest.`);
  return { starts: startdate, ends: enddate };
}

/** Of a user: his own. To admins: of the user that they name, of themselves, or of all whom they see. */
function matching({ db, caller }: Context, params: ParamsOf<'listUserKeys'>) {
  const all = caller.role !== 'User' && (params.listall || params.keypairid !== undefined || params.userid !== undefined);
  let query = fromKeyPairs(db);
  if (!all) query = query.where('k.user_id', '=', caller.userId);
  if (params.userid !== undefined) query = query.where('k.user_id', '=', params.userid);
  if (params.keypairid !== undefined) query = query.where('k.id', '=', params.keypairid);
  if (params.apikeyfilter !== undefined) query = query.where('k.api_key', '=', params.apikeyfilter);
  return query.where(containing(params.keyword, 'k.name'));
}
