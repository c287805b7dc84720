import type { RoleType } from '@virtstack/contract';
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Caller, Membership } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';
import { rulesOfDefault } from './default-roles.ts';
import type { Rule } from './permissions.ts';

type Joined = ExpressionBuilder<Pick<Tables, 'users' | 'account' | 'domain'>, 'users' | 'account' | 'domain'>;

/** What a caller's user row says beside who he is. */
export type Found = { readonly caller: Caller; readonly passwordHash: string };

const rulesOf = (table: string, column: string, id: string) => sql<Rule[] | null>`
  (select coalesce(jsonb_agg(jsonb_build_object('rule', p.rule, 'permission', p.permission) order by p.sort_order), '[]')
    from ${sql.table(table)} p where ${sql.ref(`p.${column}`)} = ${sql.ref(id)})`;

/** The rules of a role that an admin made; null for the one of a type. The rules of other built-in ones are no rows. */
export const roleRules = sql<Rule[] | null>`(case when account.role_id is null then null
  when role.is_default or role.state <> 'enabled' then '[]' else ${rulesOf('role_permission', 'role_id', 'account.role_id')} end)`;

/** Where both he and his account are members, what he is himself counts. */
const memberships = sql<Membership[]>`(select coalesce(jsonb_agg(jsonb_build_object('id', m.project_id, 'admin', m.role = 'Admin',
    'rules', case when m.project_role_id is null then null else ${rulesOf('project_role_permission', 'project_role_id', 'm.project_role_id')} end)), '[]')
  from (select distinct on (project_id) * from project_member
    where account_id = account.id and (user_id is null or user_id = users.id) order by project_id, user_id nulls last) m)`;

/** Users that may call at present (neither they nor their account removed or disabled), with what makes them a caller and their password's hash. */
export async function findCallers(db: Database, where: (eb: Joined) => Expression<SqlBool>): Promise<Found[]> {
  const rows = await db
    .selectFrom('users')
    .innerJoin('account', 'account.id', 'users.account_id')
    .innerJoin('domain', 'domain.id', 'account.domain_id')
    .leftJoin('role', 'role.id', 'account.role_id')
    .select(['users.id as userId', 'users.username', 'users.password_hash as passwordHash', 'account.id as accountId'])
    .select(['account.name as account', 'account.role_type as role', 'domain.id as domainId', 'domain.path as domainPath'])
    .select(['account.role_id as roleId', roleRules.as('rules'), memberships.as('projects')])
    .select(['users.totp_enabled as enabled', 'users.totp_mandated as mandated'])
    .select('users.password_change_required as mustChangePassword')
    .where((eb) => where(eb as unknown as Joined))
    .where('users.state', '=', 'enabled')
    .where('account.state', '=', 'enabled')
    .where('domain.state', '=', 'Active')
    .where('users.removed', 'is', null)
    .where('account.removed', 'is', null)
    .orderBy('users.created')
    .execute();
  return rows.map(({ passwordHash, role, roleId, rules, enabled, mandated, ...rest }) => ({
    caller: {
      ...rest,
      role: role as RoleType,
      secondFactor: { enabled, mandated },
      ...(rules && { roleRules: rulesOfDefault(roleId!) ?? rules }),
    },
    passwordHash,
  }));
}

export const callerById = async (db: Database, userId: string): Promise<Caller | undefined> =>
  (await findCallers(db, (eb) => eb('users.id', '=', userId)))[0]?.caller;
