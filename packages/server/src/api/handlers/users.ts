import type { ParamsOf, ResponseOf, RoleType } from '@virtstack/contract';
import { sql } from 'kysely';
import { requireAbove, standingOf } from '../../accounts/above.ts';
import { latestApiKey } from '../../accounts/api-keys.ts';
import { roleFields, roles, typesOf } from '../../accounts/roles.ts';
import type { Database } from '../../db/database.ts';
import { noSuchEntity } from '../../error.ts';
import { containing } from '../conditions.ts';
import type { Caller, Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';

/** Users with their accounts and domains, as `u`. */
const joined = (db: Database) =>
  db
    .selectFrom('users')
    .innerJoin('account', 'account.id', 'users.account_id')
    .innerJoin('domain', 'domain.id', 'account.domain_id')
    .leftJoin('role', 'role.id', 'account.role_id')
    .select([
      'users.id',
      'users.username',
      'users.firstname',
      'users.lastname',
      'users.email',
      'users.timezone',
      'users.state',
      'users.created',
      'users.totp_enabled',
      'users.totp_mandated',
    ])
    .select(['account.id as account_id', 'account.name as account', 'account.role_type', 'account.domain_id'])
    .select(['domain.name as domain', 'domain.path as domain_path', 'role.id as role_id', 'role.name as role_name'])
    .select((eb) => latestApiKey(eb.ref('users.id')).as('api_key'))
    .where('users.removed', 'is', null)
    .where('account.removed', 'is', null)
    .as('u');

export const selectUsers = (db: Database) => db.selectFrom(joined(db)).selectAll('u').orderBy('u.created').orderBy('u.id');

export type UserRow = Awaited<ReturnType<ReturnType<typeof selectUsers>['execute']>>[number];

/** The users of these accounts. */
export async function usersOf(db: Database, accounts: readonly AccountOf[]): Promise<UserRow[]> {
  const byId = new Map(accounts.map((account) => [account.id, account]));
  const found = await sql<OwnColumns>`select u.* from unnest(${[...byId.keys()]}::uuid[]) as account (id) cross join lateral (
      select id, username, firstname, lastname, email, timezone, state, created, totp_enabled, totp_mandated, account_id,
        ${latestApiKey(sql.ref('users.id'))} as api_key
      from users where account_id = account.id and removed is null order by created, id offset 0) u`.execute(db);
  return found.rows.map((user) => {
    const { name: account, role_type, domain_id, domain, path: domain_path, role_id, role_name } = byId.get(user.account_id)!;
    return { ...user, account, role_type, domain_id, domain, domain_path, role_id, role_name };
  });
}
type AccountOf = Pick<UserRow, 'id' | 'role_type' | 'domain_id' | 'domain' | 'role_id' | 'role_name'> & {
  readonly name: string;
  readonly path: string;
};
type OwnColumns = Omit<UserRow, 'account' | 'role_type' | 'domain_id' | 'domain' | 'domain_path' | 'role_id' | 'role_name'>;

export function userResponse(row: UserRow, caller: Caller): ResponseOf<'listUsers'> {
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
    ...roleFields(row),
    domainid: row.domain_id,
    domain: row.domain,
    apikey: knowsKeyOf(row, caller) ? row.api_key : undefined,
    usersource: 'native',
    iscallerchilddomain: row.domain_path !== caller.domainPath && row.domain_path.startsWith(caller.domainPath),
    isdefault: row.username === 'admin' && row.account === 'admin' && row.domain_path === '/',
    is2faenabled: row.totp_enabled,
    is2famandated: row.totp_mandated,
    created: row.created,
  };
}

/** Keys are one's own, and for admins those of users who are not root admins, unless they are such themselves. */
const knowsKeyOf = (row: UserRow, { role, userId }: Caller): boolean =>
  row.id === userId || role === 'Admin' || (role !== 'User' && row.role_type !== 'Admin');

export const users = {
  listUsers: async (context, params) => {
    const { count, rows } = await paged(context, { ...params, listall: true }, 'u', matching(context, params), (query) =>
      query.selectAll('u').orderBy('u.created').orderBy('u.id'),
    );
    return { count, items: rows.map((row) => userResponse(row, context.caller)) };
  },
} satisfies Handlers<'listUsers'>;

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

/** The user, when the caller may act on him: himself, or somebody who may do no more than he. @throws {CloudError} */
export async function actedOn({ db, caller }: Context, id: string): Promise<UserRow> {
  const row = await selectUsers(db).where('u.id', '=', id).executeTakeFirst();
  if (!row) throw noSuchEntity('id', 'user');
  if (id !== caller.userId) requireAbove(caller, await standingOf(db, row.account_id), `the user ${row.username}`);
  return row;
}
