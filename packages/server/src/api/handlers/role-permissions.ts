import type { ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { type RoleRow, type RoleRule, rulesOfRoles } from '../../accounts/role-rules.ts';
import { checkedRule } from '../../accounts/rules.ts';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import type { Context, Handlers } from '../handler.ts';
import { addRules, requireCovered, rolesFor, roleToChange, selectRoles } from './role-rows.ts';
import { refuse, whereTaken } from './rows.ts';

export const rolePermissions = {
  createRolePermission: async (context, { roleid, rule, permission, description = '' }) => {
    const { db } = context;
    const role = await changing(context, roleid);
    const made = { rule: checkedRule(rule), permission, description };
    const [id] = await addRules(db, roleid, [made]).catch(whereTaken(`The role ${role.name} already has a rule about ${rule}.`));
    await requireCovered(context, roleid);
    return permissionResponse(role, { id: id!, ...made });
  },
  updateRolePermission: async (context, { roleid, ruleorder, ruleid, permission }) => {
    const role = await changing(context, roleid);
    if (ruleorder !== undefined) await reorder(context.db, role, ruleorder);
    if (ruleid !== undefined) await setPermission(context.db, role, ruleid, permission);
    if (ruleorder === undefined && ruleid === undefined)
      refuse('Say what changes: the order of all rules (ruleorder), or one rule (ruleid) and its permission.');
    await requireCovered(context, roleid);
    return { success: true };
  },
  deleteRolePermission: async (context, { id }) => {
    const { db } = context;
    const rule = await db.selectFrom('role_permission').select('role_id').where('id', '=', id).executeTakeFirst();
    if (!rule) throw new CloudError('parameter', 'The rule is gone: somebody deleted it just now.');
    await changing(context, rule.role_id);
    await db.deleteFrom('role_permission').where('id', '=', id).execute();
    await requireCovered(context, rule.role_id);
    return { success: true };
  },
  listRolePermissions: async (context, { roleid }) => {
    const { db } = context;
    const mine = await rolesFor(context);
    const roles = (await selectRoles(db).orderBy('role.is_default', 'desc').orderBy('role.created').orderBy('role.id').execute())
      .filter(({ id }) => mine.has(id))
      .filter(({ id }) => roleid === undefined || id === roleid);
    const rules = await rulesOfRoles(db, roles);
    const items = roles.flatMap((role) => rules.get(role.id)!.map((rule) => permissionResponse(role, rule)));
    return { count: items.length, items };
  },
} satisfies Handlers<'createRolePermission' | 'updateRolePermission' | 'deleteRolePermission' | 'listRolePermissions'>;

const permissionResponse = (role: RoleRow, rule: RoleRule): ResponseOf<'listRolePermissions'> => ({
  id: rule.id,
  roleid: role.id,
  rolename: role.name,
  rule: rule.rule,
  permission: rule.permission,
  description: rule.description || undefined,
});

/** The role, locked: what it permits now must be no more than the caller may do, and what it permits afterwards neither. */
async function changing(context: Context, id: string): Promise<RoleRow> {
  const role = await roleToChange(context.db, id);
  await requireCovered(context, id);
  return role;
}

async function reorder(db: Database, role: RoleRow, order: readonly string[]): Promise<void> {
  const rules = await db.selectFrom('role_permission').select('id').where('role_id', '=', role.id).execute();
  const all = new Set(rules.map(({ id }) => id));
  if (order.length !== all.size || new Set(order).size !== all.size || !order.every((id) => all.has(id)))
    refuse(
      `The order names each rule of the role ${role.name} once: it has ${all.size}. List them anew, somebody may have changed them.`,
    );
  await sql`update role_permission set sort_order = o.place from unnest(${order}::uuid[]) with ordinality as o(id, place)
    where role_permission.id = o.id`.execute(db);
}

async function setPermission(db: Database, role: RoleRow, id: string, permission: string | undefined): Promise<void> {
  if (permission === undefined) refuse('Say what the rule does from now on (permission): allow or deny.');
  const changed = await db
    .updateTable('role_permission')
    .set({ permission })
    .where('id', '=', id)
    .where('role_id', '=', role.id)
    .executeTakeFirst();
  if (changed.numUpdatedRows === 0n) refuse(`That rule is none of the role ${role.name}.`);
}
