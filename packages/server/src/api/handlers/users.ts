import type { ParamsOf, ResponseOf, RoleType } from '@virtstack/contract';
import { apiKeysOf } from '../../accounts/api-keys.ts';
import { hashPassword, verifyPassword } from '../../accounts/password.ts';
import { outranks, roles, typesOf } from '../../accounts/roles.ts';
import { endSessionsOf } from '../../accounts/sessions.ts';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { containing } from '../conditions.ts';
import { nameable } from '../entities.ts';
import type { Caller, Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';

/** Users with their accounts and domains, as `u`. */
const joined = (db: Database) =>
  db
    .selectFrom('users')
    .innerJoin('account', 'account.id', 'users.account_id')
    .innerJoin('domain', 'domain.id', 'account.domain_id')
    .leftJoin('api_key', 'api_key.user_id', 'users.id')
    .select([
      'users.id',
      'users.username',
      'users.firstname',
      'users.lastname',
      'users.email',
      'users.timezone',
      'users.state',
      'users.created',
    ])
    .select(['account.id as account_id', 'account.name as account', 'account.role_type', 'account.domain_id'])
    .select(['domain.name as domain', 'domain.path as domain_path', 'api_key.api_key'])
    .where('users.removed', 'is', null)
    .where('account.removed', 'is', null)
    .as('u');

export const selectUsers = (db: Database) => db.selectFrom(joined(db)).selectAll('u').orderBy('u.created').orderBy('u.id');

type Row = Awaited<ReturnType<ReturnType<typeof selectUsers>['execute']>>[number];

export function userResponse(row: Row, caller: Caller): ResponseOf<'listUsers'> {
  const role = roles[row.role_type as RoleType];
  return {
    id: row.id,
    username: row.username,
    firstname: row.firstname,
    lastname: row.lastname,
    email: row.email,
    state: row.state,
    timezone: row.timezone,
    account: row.account,
    accountid: row.account_id,
    accounttype: role.accountType,
    roleid: role.id,
    roletype: row.role_type,
    rolename: role.name,
    domainid: row.domain_id,
    domain: row.domain,
    apikey: row.api_key,
    usersource: 'native',
    iscallerchilddomain: row.domain_path !== caller.domainPath && row.domain_path.startsWith(caller.domainPath),
    isdefault: row.username === 'admin' && row.account === 'admin' && row.domain_path === '/',
    is2faenabled: false,
    is2famandated: false,
    created: row.created,
  };
}

export const users = {
  listUsers: async (context, params) => {
    const { count, rows } = await paged(context, { ...params, listall: true }, 'u', matching(context, params), (query) =>
      query.selectAll('u').orderBy('u.created').orderBy('u.id'),
    );
    return { count, items: rows.map((row) => userResponse(row, context.caller)) };
  },
  getUser: async ({ db, caller }, { userapikey }) => {
    const row = await selectUsers(db).where('u.api_key', '=', userapikey).where(permitted(caller)).executeTakeFirst();
    if (!row) throw new CloudError('parameter', 'There is no user with that API key, or he is not yours to see.');
    return userResponse(row, caller);
  },
  updateUser: async (context, params) => {
    const row = await actedOn(context, params.id);
    await changeUser(context, row, params);
    return userResponse((await selectUsers(context.db).where('u.id', '=', row.id).executeTakeFirst())!, context.caller);
  },
  registerUserKeys: async (context, { id }) => {
    await actedOn(context, id);
    return { saga: 'register-user-keys', state: { userId: id }, subject: id, instance: { type: 'User', id } };
  },
  getUserKeys: async (context, { id }) => {
    await actedOn(context, id);
    return (await apiKeysOf(context.db, context.secrets, id)) ?? {};
  },
} satisfies Handlers<'listUsers' | 'getUser' | 'updateUser' | 'registerUserKeys' | 'getUserKeys'>;

/** Whom he may see by an API key. */
const permitted = (caller: Caller) => nameable('user', 'u', caller, 'getUser', 'use');

/** Users see themselves, admins of a domain all in it and below. */
function matching({ db, caller }: Context, params: ParamsOf<'listUsers'>) {
  let query = db.selectFrom(joined(db));
  if (caller.role === 'User') query = query.where('u.id', '=', caller.userId);
  if (params.id !== undefined) query = query.where('u.id', '=', params.id);
  if (params.username !== undefined) query = query.where('u.username', '=', params.username);
  if (params.state !== undefined) query = query.where('u.state', '=', params.state.toLowerCase());
  if (params.accounttype !== undefined) query = query.where('u.role_type', 'in', typesOf(params.accounttype));
  return query.where(containing(params.keyword, 'u.username'));
}

/** The user, when the caller may act on him: himself, or somebody who may not do more than the caller. @throws {CloudError} */
async function actedOn({ db, caller }: Context, id: string): Promise<Row> {
  const row = (await selectUsers(db).where('u.id', '=', id).executeTakeFirst())!;
  const own = row.id === caller.userId;
  if (!own && (caller.role === 'User' || !outranks(caller.role, row.role_type as RoleType)))
    throw new CloudError('account', `You may not act on the user ${row.username}: he may do more than you, or is none of yours.`);
  return row;
}

async function changeUser(context: Context, row: Row, params: ParamsOf<'updateUser'>): Promise<void> {
  const { firstname, lastname, email, timezone, username } = params;
  if (username !== undefined) await checkName(context.db, row, username);
  const facts = Object.entries({ firstname, lastname, email, timezone, username }).filter(([, value]) => value !== undefined);
  if (facts.length > 0) await context.db.updateTable('users').set(Object.fromEntries(facts)).where('id', '=', row.id).execute();
  if (params.password !== undefined) await changePassword(context, row, params.password, params.currentpassword);
}

async function checkName(db: Database, row: Row, username: string): Promise<void> {
  if (!/^\S.{0,200}$/.test(username))
    throw new CloudError('parameter', 'A user’s name has 1 to 200 characters and does not begin with a space.');
  const taken = await selectUsers(db)
    .where('u.domain_id', '=', row.domain_id)
    .where('u.username', '=', username)
    .where('u.id', '!=', row.id)
    .executeTakeFirst();
  if (taken) throw new CloudError('parameter', `There is already a user ${username} in the domain ${row.domain}.`);
}

const shortestPassword = 8;

/** Whoever changes his own password says the one until now: an open session is not enough. All sessions of the user end. */
async function changePassword({ db, caller }: Context, row: Row, password: string, current: string | undefined): Promise<void> {
  if (password.length < shortestPassword)
    throw new CloudError(
      'parameter',
      `A password has at least ${shortestPassword} characters, and this one has ${password.length}.`,
    );
  if (row.id === caller.userId) {
    if (current === undefined)
      throw new CloudError('parameter', 'Unable to execute API command updateuser due to missing parameter currentpassword');
    const { password_hash } = await db
      .selectFrom('users')
      .select('password_hash')
      .where('id', '=', row.id)
      .executeTakeFirstOrThrow();
    if (!(await verifyPassword(password_hash, current))) throw new CloudError('parameter', 'The current password is not right.');
  }
  await db
    .updateTable('users')
    .set({ password_hash: await hashPassword(password) })
    .where('id', '=', row.id)
    .execute();
  await endSessionsOf(db, row.id);
}
