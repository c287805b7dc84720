import { randomUUID } from 'node:crypto';
import { covers } from '../../accounts/permissions.ts';
import { type RoleRow, type RoleRule, rightsOfRole, rulesOfRoles } from '../../accounts/role-rules.ts';
import type { DescribedRule } from '../../accounts/rules.ts';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { nameable } from '../entities.ts';
import type { Context } from '../handler.ts';
import { lock } from './rows.ts';

export const selectRoles = (db: Database) => db.selectFrom('role').selectAll('role').where('role.removed', 'is', null);

export const roleOf = (db: Database, id: string): Promise<RoleRow> =>
  selectRoles(db).where('role.id', '=', id).executeTakeFirstOrThrow();

/** The role, which nobody else changes until the command ends. @throws {CloudError} `parameter`: every installation has it as it is. */
export async function roleToChange(db: Database, id: string): Promise<RoleRow> {
  await lock(db, 'role', id);
  const role = await roleOf(db, id);
  if (role.is_default)
    throw new CloudError(
      'parameter',
      `The role ${role.name} is a built-in one and stays as it is. Make a role from it (createRole with roleid) and change that.`,
    );
  return role;
}

export async function rulesOf(db: Database, role: RoleRow): Promise<readonly RoleRule[]> {
  return (await rulesOfRoles(db, [role])).get(role.id)!;
}

/** The role, when it permits nothing that the caller may not do himself: nobody makes, changes or takes away a role above his own. @throws {CloudError} `account` */
export async function requireCovered({ db, caller }: Context, id: string): Promise<RoleRow> {
  const role = await roleOf(db, id);
  if (covers(caller, rightsOfRole(role, await rulesOf(db, role)))) return role;
  throw new CloudError(
    'account',
    `The role ${role.name} permits more than yours: it is for an administrator to make or change whose role permits all of it.`,
  );
}

/** The roles that the caller may give: admins see all, others the public ones that permit no more than theirs. With their rules. */
export async function rolesFor({ db, caller, command }: Context): Promise<ReadonlyMap<string, readonly RoleRule[]>> {
  const roles = await selectRoles(db)
    .where(nameable('role', 'role', caller, command, 'use'))
    .execute();
  const rules = await rulesOfRoles(db, roles);
  const mine = roles.filter((role) => caller.role === 'Admin' || covers(caller, rightsOfRole(role, rules.get(role.id)!)));
  return new Map(mine.map(({ id }) => [id, rules.get(id)!]));
}

/** Puts rules behind those that a role has. @throws the database’s error where it has one of them. */
export async function addRules(db: Database, roleId: string, rules: readonly DescribedRule[]): Promise<readonly string[]> {
  if (rules.length === 0) return [];
  const { last } = await db
    .selectFrom('role_permission')
    .select((eb) => eb.fn.coalesce(eb.fn.max('sort_order'), eb.lit(-1)).as('last'))
    .where('role_id', '=', roleId)
    .executeTakeFirstOrThrow();
  const rows = rules.map(({ rule, permission, description = '' }, index) => ({
    ...{ id: randomUUID(), role_id: roleId, rule, permission, description },
    sort_order: last + 1 + index,
  }));
  await db.insertInto('role_permission').values(rows).execute();
  return rows.map(({ id }) => id);
}
