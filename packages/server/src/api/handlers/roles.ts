import { randomUUID } from 'node:crypto';
import type { ResponseOf } from '@virtstack/contract';
import type { RoleRow } from '../../accounts/role-rules.ts';
import { type DescribedRule, rulesFrom } from '../../accounts/rules.ts';
import type { Database } from '../../db/database.ts';
import { containing } from '../conditions.ts';
import { among } from '../entities.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { addRules, requireCovered, roleOf, rolesFor, roleToChange, rulesOf, selectRoles } from './role-rows.ts';
import { markRemoved, refuse, refuseWhileUsed, whereTaken } from './rows.ts';

export const roleHandlers = {
  createRole: async (context, { roleid, type, ...params }) => {
    if ((roleid === undefined) === (type === undefined))
      refuse('Say either the type of the role, or, as roleid, the role whose type and rules it gets.');
    const from = roleid === undefined ? undefined : await roleOf(context.db, roleid);
    const rules = from ? await rulesOf(context.db, from) : [];
    return make(context, { ...params, type: type ?? from!.role_type }, rules);
  },
  importRole: async (context, { rules: given, forced, type, ...params }) => {
    if (type === undefined) refuse('Say the type of the role: Admin, ResourceAdmin, DomainAdmin or User.');
    const rules = distinct(rulesFrom(given));
    const there = await selectRoles(context.db).where('role.name', '=', params.name).executeTakeFirst();
    if (!there) return make(context, { ...params, type }, rules);
    if (!forced) refuse(`There is already a role ${params.name}. With forced=true it gets these rules instead of its own.`);
    await change(context, there.id, { ...params, type });
    await context.db.deleteFrom('role_permission').where('role_id', '=', there.id).execute();
    await addRules(context.db, there.id, rules);
    return roleResponse(await requireCovered(context, there.id));
  },
  updateRole: async (context, { id, ...params }) => {
    await change(context, id, params);
    return roleResponse(await requireCovered(context, id));
  },
  deleteRole: async (context, { id }) => {
    const { db } = context;
    const role = await roleToChange(db, id);
    await requireCovered(context, id);
    await refuseWhileUsed(db, id, `The role ${role.name}`, [
      ['account', 'role_id', 'account that has it', 'accounts that have it'],
    ]);
    await db.deleteFrom('role_permission').where('role_id', '=', id).execute();
    await markRemoved(db, 'role', id);
    return { success: true };
  },
  enableRole: (context, { id }) => setState(context, id, 'enabled'),
  disableRole: (context, { id }) => setState(context, id, 'disabled'),
  listRoles: async (context, params) => {
    const { caller, db } = context;
    let query = db.selectFrom('role').where('role.removed', 'is', null);
    if (caller.role !== 'Admin') query = query.where(among('role.id', [...(await rolesFor(context)).keys()]));
    if (params.id !== undefined) query = query.where('role.id', '=', params.id);
    if (params.name !== undefined) query = query.where('role.name', '=', params.name);
    if (params.type !== undefined)
      query = query.where((eb) => eb(eb.fn('lower', ['role.role_type']), '=', params.type!.toLowerCase()));
    if (params.state !== undefined) query = query.where('role.state', '=', params.state.toLowerCase());
    const { count, rows } = await paged(context, params, 'role', query.where(containing(params.keyword, 'role.name')), (found) =>
      found.selectAll('role').orderBy('role.is_default', 'desc').orderBy('role.created').orderBy('role.id'),
    );
    return { count, items: rows.map(roleResponse) };
  },
} satisfies Handlers<'createRole' | 'importRole' | 'updateRole' | 'deleteRole' | 'enableRole' | 'disableRole' | 'listRoles'>;

const roleResponse = (row: RoleRow): ResponseOf<'listRoles'> => ({
  id: row.id,
  name: row.name,
  type: row.role_type,
  description: row.description,
  state: row.state,
  isdefault: row.is_default,
  ispublic: row.is_public,
});

type Facts = {
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly ispublic?: boolean | undefined;
};

const taken = (name: string | undefined) => whereTaken(`There is already a role ${name}.`);

async function make(context: Context, facts: Facts & { name: string; type: string }, rules: readonly DescribedRule[]) {
  const id = randomUUID();
  const { name, type, description, ispublic } = facts;
  await context.db
    .insertInto('role')
    .values({ id, name, role_type: type, description: description ?? '', is_public: ispublic ?? true })
    .execute()
    .catch(taken(name));
  await addRules(context.db, id, rules);
  return roleResponse(await requireCovered(context, id));
}

/** What it becomes is for the caller to look at again (requireCovered), when it is done. */
async function change(context: Context, id: string, { name, type, description, ispublic }: Facts): Promise<void> {
  const { db } = context;
  const role = await roleToChange(db, id);
  await requireCovered(context, id);
  if (type !== undefined && type !== role.role_type) await refuseWhileGiven(db, role);
  const facts = Object.entries({ name, role_type: type, description, is_public: ispublic }).filter(
    ([, value]) => value !== undefined,
  );
  if (facts.length > 0)
    await db.updateTable('role').set(Object.fromEntries(facts)).where('id', '=', id).execute().catch(taken(name));
}

/** An account has its role’s type written down: whose things it sees, and which it may own, hang on it. */
async function refuseWhileGiven(db: Database, { id, name, role_type }: RoleRow): Promise<void> {
  const has = await db
    .selectFrom('account')
    .select('name')
    .where('role_id', '=', id)
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (has) refuse(`The type of the role ${name} stays ${role_type} while accounts have it, as ${has.name} does.`);
}

async function setState(context: Context, id: string, state: 'enabled' | 'disabled') {
  await roleToChange(context.db, id);
  await requireCovered(context, id);
  await context.db.updateTable('role').set({ state }).where('id', '=', id).execute();
  return { success: true };
}

/** @throws {CloudError} `parameter`: two rules about the same. */
function distinct(rules: readonly DescribedRule[]): readonly DescribedRule[] {
  const seen = new Set<string>();
  for (const { rule } of rules) {
    if (seen.has(rule)) refuse(`The rule ${rule} is given twice: the first would decide.`);
    seen.add(rule);
  }
  return rules;
}
