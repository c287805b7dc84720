import type { ParamsOf } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { CloudError, isCloudError } from '../../error.ts';
import type { JobRequest } from '../../jobs/request.ts';
import { waitingLane } from '../../orchestration/child-jobs.ts';
import { containing } from '../conditions.ts';
import { among } from '../entities.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { createProject } from './create-project.ts';
import { lockedProject, memberOf, type Project, requireAnAdmin } from './project-checks.ts';
import { projectResponses } from './project-rows.ts';
import { refuse, refuseWhileUsed, whereTaken } from './rows.ts';

/** The commands about projects themselves. */
export const projects = {
  createProject,

  async listProjects(context, params) {
    const { count, rows } = await paged(context, params, 'project', matching(context, params), (query) =>
      query.select('project.id').orderBy('project.created').orderBy('project.id'),
    );
    const ids = rows.map(({ id }) => id);
    return { count, items: await projectResponses(context, ids) };
  },

  async updateProject(context, params) {
    const project = await lockedProject(context.db, params.id);
    const { name, displaytext } = params;
    if (name === '') refuse('name: a project needs one.');
    await context.db
      .updateTable('project')
      .set({ name: name ?? project.name, display_text: displaytext ?? project.display_text })
      .where('id', '=', project.id)
      .execute()
      .catch(whereTaken(`There is already a project ${name} in that domain.`));
    await changeAdmins(context.db, project, params);
    return projectJob('change-project', project.id);
  },

  async deleteProject(context, { id, cleanup }) {
    const project = await lockedProject(context.db, id);
    await setState(context.db, id, 'Disabled');
    if (!cleanup) await refuseWhileFull(context.db, project);
    return waitingJob('delete-project', project);
  },

  async activateProject({ db }, { id }) {
    const project = await lockedProject(db, id);
    if (await isBeingDeleted(db, id)) throw new CloudError('conflict', `The project ${project.name} is being deleted.`);
    await setState(db, id, 'Active');
    return projectJob('change-project', id);
  },

  async suspendProject({ db }, { id }) {
    const project = await lockedProject(db, id);
    if (project.state === 'Disabled')
      throw new CloudError('conflict', `The project ${project.name} is Disabled: it was being deleted. Delete it again.`);
    await setState(db, id, 'Suspended');
    return waitingJob('suspend-project', project);
  },
} satisfies Handlers<'createProject' | 'listProjects' | 'updateProject' | 'deleteProject' | 'activateProject' | 'suspendProject'>;

/** A job about a project. */
export const projectJob = (saga: string, projectId: string): JobRequest => ({
  saga,
  state: { projectId },
  subject: projectId,
  instance: { type: 'Project', id: projectId },
});

/** One that has jobs about the project's machines done. */
const waitingJob = (saga: string, { id, account_id }: Project): JobRequest => ({
  saga,
  state: { projectId: id, accountId: account_id },
  subject: waitingLane(id),
  instance: { type: 'Project', id },
});

type Filter = ParamsOf<'listProjects'>;

function matching(context: Context, params: Filter) {
  let query = context.db.selectFrom('project').where('project.removed', 'is', null);
  if (params.id !== undefined) query = query.where('project.id', '=', params.id);
  if (params.name !== undefined) query = query.where('project.name', '=', params.name);
  if (params.displaytext !== undefined) query = query.where('project.display_text', '=', params.displaytext);
  if (params.state !== undefined) query = query.where(sql<boolean>`lower(project.state) = ${params.state.toLowerCase()}`);
  if (params.username !== undefined) query = query.where(withUser(params.username));
  return query.where(asked(context, params)).where(containing(params.keyword, 'project.name', 'project.display_text'));
}

/** Those of which one is a member, or those of an account or of a domain; all that may be seen with listall or an id. */
function asked({ caller }: Context, { id, account, domainid, isrecursive, listall }: Filter) {
  if (account !== undefined) return withAccount(account, domainid ?? caller.domainId);
  if (domainid !== undefined && isrecursive)
    return sql<boolean>`project.domain_id in (select d.id from domain d join domain top on starts_with(d.path, top.path) where top.id = ${domainid})`;
  if (domainid !== undefined) return sql<boolean>`project.domain_id = ${domainid}`;
  const his = caller.projects.map((membership) => membership.id);
  return listall || id !== undefined ? sql<boolean>`true` : among('project.id', his);
}

const withAccount = (name: string, domainId: string) =>
  sql<boolean>`exists (select from project_member m join account a on a.id = m.account_id
    where m.project_id = project.id and a.name = ${name} and a.domain_id = ${domainId})`;
const withUser = (name: string) =>
  sql<boolean>`exists (select from project_member m join users u on u.account_id = m.account_id and u.id = coalesce(m.user_id, u.id)
    where m.project_id = project.id and u.username = ${name} and u.removed is null)`;

async function setState(db: Database, id: string, state: string): Promise<void> {
  await db.updateTable('project').set({ state }).where('id', '=', id).execute();
}

/** @throws {CloudError} `in-use` */
async function refuseWhileFull(db: Database, { id, name }: Project): Promise<void> {
  try {
    await refuseWhileUsed(db, id, `The project ${name}`, [
      ['virtual_machine', 'project_id', 'virtual machine', 'virtual machines'],
      ['volume', 'project_id', 'volume', 'volumes'],
      ['network', 'project_id', 'network', 'networks'],
      ['template', 'project_id', 'template', 'templates'],
    ]);
  } catch (error) {
    throw isCloudError(error) ? new CloudError(error.kind, `${error.message} Or delete it with cleanup=true.`) : error;
  }
}

const isBeingDeleted = async (db: Database, id: string): Promise<boolean> =>
  (await db
    .selectFrom('job')
    .select('id')
    .where('instance_id', '=', id)
    .where('saga', '=', 'delete-project')
    .where('status', '=', 0)
    .executeTakeFirst()) !== undefined;

/** A member becomes the admin in place of the only one, or has another role from now on. */
async function changeAdmins(
  db: Database,
  project: Project,
  { account, userid, swapowner, roletype }: ParamsOf<'updateProject'>,
): Promise<void> {
  if (account === undefined && userid === undefined) return;
  const member = await memberOf(db, project, { account, userId: userid });
  if (!swapowner && roletype === undefined) return refuse('roletype is missing: which role is the member to have?');
  if (swapowner) await demoteTheOnlyAdmin(db, project, member.id);
  const role = swapowner ? 'Admin' : roletype!;
  await db.updateTable('project_member').set({ role }).where('id', '=', member.id).execute();
  await requireAnAdmin(db, project);
}

async function demoteTheOnlyAdmin(db: Database, { id, name }: Project, successor: string): Promise<void> {
  const admins = await db
    .selectFrom('project_member')
    .select('id')
    .where('project_id', '=', id)
    .where('role', '=', 'Admin')
    .where('id', '<>', successor)
    .execute();
  if (admins.length > 1)
    return refuse(
      `The project ${name} has ${admins.length} admins: whose place is to be taken? Give roletype with swapowner=false.`,
    );
  if (admins[0]) await db.updateTable('project_member').set({ role: 'Regular' }).where('id', '=', admins[0].id).execute();
}
