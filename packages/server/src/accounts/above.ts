import type { RoleType } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Caller } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { covers, type Rights } from './permissions.ts';
import { rightsOfRole, rulesOfRoles } from './role-rules.ts';

/** What somebody may do, and where: an account as it is, or as it is to become. */
export type Standing = Rights & { readonly domainPath: string };

/**
 * The one rule of who acts for whom: whoever makes, changes, moves, enables or speaks for another is an admin in whose domains the other is, and may himself
 * do all that the other may. So nobody raises anybody, himself neither, above himself.
 */
export const isAbove = (caller: Caller, other: Standing): boolean =>
  caller.role !== 'User' && (caller.role === 'Admin' || other.domainPath.startsWith(caller.domainPath)) && covers(caller, other);

/** `whom`: as the refusal calls him. @throws {CloudError} `account` */
export function requireAbove(caller: Caller, other: Standing, whom: string): void {
  if (!isAbove(caller, other))
    throw new CloudError(
      'account',
      `You may not act on ${whom}: he may do more than you, or is none of yours. Ask an administrator whose role permits all that his does.`,
    );
}

/** What accounts may do, be their roles enabled at present or not: a role can be enabled again. Each combination once. */
export async function standingsOf(db: Database, of: RawBuilder<boolean>): Promise<readonly Standing[]> {
  const accounts = await db
    .selectFrom('account')
    .innerJoin('domain', 'domain.id', 'account.domain_id')
    .select(['account.role_type', 'account.role_id', 'domain.path'])
    .distinct()
    .where('account.role_type', '!=', 'Project')
    .where('account.removed', 'is', null)
    .where(of)
    .execute();
  const standings: Standing[] = [];
  for (const { role_type, role_id, path } of accounts)
    standings.push({ ...(await rightsOf(db, role_type as RoleType, role_id)), domainPath: path });
  return standings;
}

export const standingOf = async (db: Database, accountId: string): Promise<Standing> =>
  (await standingsOf(db, sql<boolean>`account.id = ${accountId}`))[0]!;

/** What a role permits; without one, the built-in role of the type. */
export async function rightsOf(db: Database, role: RoleType, roleId: string | null): Promise<Rights> {
  if (roleId === null) return { role };
  const row = await db.selectFrom('role').selectAll().where('id', '=', roleId).executeTakeFirstOrThrow();
  return rightsOfRole(row, (await rulesOfRoles(db, [row])).get(row.id)!);
}
