import type { RoleType } from '@virtstack/contract';
import type { Caller } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { roleRules } from './callers.ts';
import { covers, type Rights, type Rule } from './permissions.ts';

/** What somebody may do, and where: an account as it is, or as it is to become. */
export type Standing = Rights & { readonly domainPath: string };

/**
 * The one rule of who acts for whom: whoever makes, changes, moves, enables or speaks for another is an admin in whose domains the other is, and may himself
 * do all that the other may. So nobody raises anybody, himself neither, above himself.
 */
export const isAbove = (caller: Caller, other: Standing): boolean =>
  caller.role !== 'User' &&
  (caller.role === 'Admin' || other.domainPath.startsWith(caller.domainPath)) &&
  covers(caller, other);

/** `whom`: as the refusal calls him. @throws {CloudError} `account` */
export function requireAbove(caller: Caller, other: Standing, whom: string): void {
  if (!isAbove(caller, other))
    throw new CloudError(
      'account',
      `You may not act on ${whom}: he may do more than you, or is none of yours. Ask an administrator whose role permits all that his does.`,
    );
}

/** What an account may do at present. */
export async function standingOf(db: Database, accountId: string): Promise<Standing> {
  const { role, rules, domainPath } = await db
    .selectFrom('account')
    .innerJoin('domain', 'domain.id', 'account.domain_id')
    .leftJoin('role', 'role.id', 'account.role_id')
    .select(['account.role_type as role', 'domain.path as domainPath', roleRules.as('rules')])
    .where('account.id', '=', accountId)
    .executeTakeFirstOrThrow();
  return { role: role as RoleType, domainPath, ...(rules && { roleRules: rules }) };
}

/** A role that can be given: its row, and what it permits. `roleId` null: the built-in role of the type. */
export type GivenRole = Rights & { readonly roleId: string | null; readonly name: string };

/** @throws {CloudError} `parameter`: it is disabled. */
export async function roleToGive(db: Database, id: string): Promise<GivenRole> {
  const role = await db.selectFrom('role').selectAll().where('id', '=', id).where('removed', 'is', null).executeTakeFirstOrThrow();
  if (role.state !== 'enabled')
    throw new CloudError('parameter', `The role ${role.name} is ${role.state}: enable it before it is given to anybody.`);
  if (role.is_default) return { role: role.role_type as RoleType, roleId: null, name: role.name };
  const roleRulesGiven: Rule[] = await db
    .selectFrom('role_permission')
    .select(['rule', 'permission'])
    .where('role_id', '=', id)
    .orderBy('sort_order')
    .execute();
  return { role: role.role_type as RoleType, roleId: id, roleRules: roleRulesGiven, name: role.name };
}
