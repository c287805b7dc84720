import { randomUUID } from 'node:crypto';
import type { ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { ruleForm } from '../../accounts/permissions.ts';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { containing, having } from '../conditions.ts';
import { nameable } from '../entities.ts';
import type { Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { requireOwnRole } from './project-checks.ts';
import { refuse, whereTaken } from './rows.ts';

/** The commands about project roles and their rules. */
export const projectRoles = {
  async createProjectRole({ db }, { projectid, name, description }) {
    const id = randomUUID();
    await db
      .insertInto('project_role')
      .values({ id, project_id: projectid, name, description: description ?? '' })
      .execute()
      .catch(whereTaken(`The project has a role ${name} already.`));
    return roleShown(db, id);
  },

  async updateProjectRole({ db }, { id, projectid, name, description }) {
    await requireOwnRole(db, { id: projectid }, id);
    if (name !== undefined || description !== undefined)
      await db
        .updateTable('project_role')
        .set({ ...(name !== undefined && { name }), ...(description !== undefined && { description }) })
        .where('id', '=', id)
        .execute()
        .catch(whereTaken(`The project has a role ${name} already.`));
    return roleShown(db, id);
  },

  async deleteProjectRole({ db }, { id, projectid }) {
    await requireOwnRole(db, { id: projectid }, id);
    const { n } = await db
      .selectFrom('project_member')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('project_role_id', '=', id)
      .executeTakeFirstOrThrow();
    if (n > 0)
      throw new CloudError(
        'in-use',
        `${n} ${n === 1 ? 'member has' : 'members have'} this project role: take them out of the project first.`,
      );
    await db.updateTable('project_invitation').set({ project_role_id: null }).where('project_role_id', '=', id).execute();
    await db.updateTable('project_role').set({ removed: new Date() }).where('id', '=', id).execute();
    return { success: true };
  },

  async listProjectRoles(context, { projectid, projectroleid, name, ...params }) {
    const matching = context.db
      .selectFrom('project_role as r')
      .where('r.removed', 'is', null)
      .where(having({ 'r.project_id': projectid, 'r.id': projectroleid, 'r.name': name }))
      .where(containing(params.keyword, 'r.name'));
    const { count, rows } = await paged(context, params, 'r', matching, (query) =>
      query.selectAll('r').orderBy('r.created').orderBy('r.id'),
    );
    return { count, items: rows.map(roleResponse) };
  },

  async createProjectRolePermission({ db }, { projectid, projectroleid, rule, permission, description }) {
    await requireOwnRole(db, { id: projectid }, projectroleid);
    if (!ruleForm.test(rule))
      refuse(`rule=${rule.slice(0, 100)}: a rule is the name of a command, or a pattern of letters and *.`);
    const id = randomUUID();
    await db
      .insertInto('project_role_permission')
      .values({
        ...{ id, project_id: projectid, project_role_id: projectroleid, rule, permission, description: description ?? '' },
        sort_order: sql<number>`(select coalesce(max(sort_order), -1) + 1 from project_role_permission where project_role_id = ${projectroleid})`,
      })
      .execute()
      .catch(whereTaken(`The project role has a rule about ${rule} already.`));
    return (await rules(db).where('p.id', '=', id).execute())[0]!;
  },

  async updateProjectRolePermission({ db }, { projectid, projectroleid, projectrolepermissionid, permission, ruleorder }) {
    await requireOwnRole(db, { id: projectid }, projectroleid);
    if (ruleorder !== undefined) await order(db, projectroleid, ruleorder);
    else if (projectrolepermissionid === undefined || permission === undefined)
      refuse('What is to change? Give ruleorder, or projectrolepermissionid and permission.');
    else {
      const changed = await db
        .updateTable('project_role_permission')
        .set({ permission })
        .where('id', '=', projectrolepermissionid)
        .where('project_role_id', '=', projectroleid)
        .executeTakeFirst();
      if (changed.numUpdatedRows === 0n) refuse(`The rule ${projectrolepermissionid} is not one of this project role.`);
    }
    return { success: true };
  },

  async deleteProjectRolePermission({ db }, { id, projectid }) {
    const gone = await db
      .deleteFrom('project_role_permission')
      .where('id', '=', id)
      .where('project_id', '=', projectid)
      .executeTakeFirst();
    if (gone.numDeletedRows === 0n) refuse(`The rule ${id} is not one of this project.`);
    return { success: true };
  },

  listProjectRolePermissions: ({ db, caller, command }, { projectid, projectroleid }) =>
    rules(db)
      .where(having({ 'p.project_id': projectid, 'p.project_role_id': projectroleid }))
      .where(nameable('projectrolepermission', 'p', caller, command, 'use'))
      .execute(),
} satisfies Handlers<
  | 'createProjectRole'
  | 'updateProjectRole'
  | 'deleteProjectRole'
  | 'listProjectRoles'
  | 'createProjectRolePermission'
  | 'updateProjectRolePermission'
  | 'deleteProjectRolePermission'
  | 'listProjectRolePermissions'
>;

const roleShown = async (db: Database, id: string): Promise<ResponseOf<'createProjectRole'>> =>
  roleResponse(await db.selectFrom('project_role').selectAll().where('id', '=', id).executeTakeFirstOrThrow());

const roleResponse = (row: { id: string; project_id: string; name: string; description: string }) => ({
  id: row.id,
  projectid: row.project_id,
  name: row.name,
  description: row.description,
  ispublic: true,
});

const rules = (db: Database) =>
  db
    .selectFrom('project_role_permission as p')
    .innerJoin('project_role as r', 'r.id', 'p.project_role_id')
    .select(['p.id', 'p.project_role_id as projectroleid', 'r.name as projectrolename', 'p.project_id as projectid'])
    .select(['p.rule', 'p.permission', 'p.description'])
    .where('r.removed', 'is', null)
    .orderBy('r.created')
    .orderBy('p.sort_order');

/** The first rule that is about a command decides. @throws {CloudError} `parameter`: some of the rules are missing, or others named. */
async function order(db: Database, roleId: string, ids: readonly string[]): Promise<void> {
  const rows = await db.selectFrom('project_role_permission').select('id').where('project_role_id', '=', roleId).execute();
  const wanted = ids.map((id) => id.toLowerCase());
  const all = new Set(wanted);
  if (wanted.length !== rows.length || !rows.every(({ id }) => all.has(id)))
    refuse(`ruleorder names ${wanted.length} rules, and the project role has ${rows.length}: name each of them once.`);
  for (const [sort_order, id] of wanted.entries())
    await db.updateTable('project_role_permission').set({ sort_order }).where('id', '=', id).execute();
}
