import type { ParamsOf, RoleType } from '@virtstack/contract';
import { roles } from '../../accounts/roles.ts';
import type { Database } from '../../db/database.ts';
import type { JobRequest } from '../../jobs/request.ts';
import { containing, having, meaning } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { lockedProject, type Project, requireAnAdmin, requireOwnRole } from './project-checks.ts';
import { invite } from './project-invitations.ts';
import { join, type Newcomer } from './project-join.ts';
import { projectJob } from './projects.ts';
import { refuse } from './rows.ts';

/** The commands about who is in a project. */
export const projectMembers = {
  async addAccountToProject(context, params) {
    const project = await lockedProject(context.db, params.projectid);
    if (params.account === undefined)
      return refuse('account is missing: whom? This cloud sends no mail, so that nobody can be invited by an address.');
    const accountId = await accountNamed(context.db, project, params.account);
    return add(context, project, { accountId, userId: null, name: `account ${params.account}` }, params);
  },

  async addUserToProject(context, params) {
    const project = await lockedProject(context.db, params.projectid);
    const user = await userNamed(context.db, project, params.username);
    return add(context, project, { accountId: user.account_id, userId: user.id, name: `user ${params.username}` }, params);
  },

  async deleteAccountFromProject({ db }, { projectid, account }) {
    const project = await lockedProject(db, projectid);
    const gone = await db
      .deleteFrom('project_member')
      .where('project_id', '=', projectid)
      .where('account_id', 'in', (eb) => eb.selectFrom('account').select('id').where('name', '=', account))
      .executeTakeFirst();
    if (gone.numDeletedRows === 0n) return refuse(`The account ${account} is no member of the project ${project.name}.`);
    await requireAnAdmin(db, project);
    return projectJob('change-project-members', projectid);
  },

  async deleteUserFromProject({ db }, { projectid, userid }) {
    const project = await lockedProject(db, projectid);
    const gone = await db
      .deleteFrom('project_member')
      .where('project_id', '=', projectid)
      .where('user_id', '=', userid)
      .executeTakeFirst();
    if (gone.numDeletedRows === 0n) return refuse(`The user ${userid} is no member of the project ${project.name} by himself.`);
    await requireAnAdmin(db, project);
    return projectJob('change-project-members', projectid);
  },

  async listProjectAccounts(context, params) {
    const { projectid: _, account: __, ...paging } = params;
    const { count, rows } = await paged(context, paging, 'project', matching(context.db, params), (query) =>
      withNames(query).orderBy('m.created').orderBy('m.id'),
    );
    const items = rows.map(({ role_type, ...row }) => ({ ...row, accounttype: roles[role_type as RoleType].accountType }));
    return { count, items };
  },
} satisfies Handlers<
  'addAccountToProject' | 'addUserToProject' | 'deleteAccountFromProject' | 'deleteUserFromProject' | 'listProjectAccounts'
>;

type Role = { readonly projectroleid?: string | undefined; readonly roletype: string };

async function add(
  context: Context,
  project: Project,
  who: Pick<Newcomer, 'accountId' | 'userId' | 'name'>,
  { projectroleid, roletype }: Role,
): Promise<JobRequest> {
  await requireOwnRole(context.db, project, projectroleid);
  const newcomer = { ...who, role: roletype, projectRoleId: projectroleid ?? null };
  if (await context.settings.boolean('project.invite.required')) await invite(context, project, newcomer);
  else await join(context.db, project, newcomer);
  return projectJob('change-project-members', project.id);
}

/** Members are of the project’s domain, as in CloudStack. @throws {CloudError} */
async function accountNamed(db: Database, project: Project, name: string): Promise<string> {
  const found = await db
    .selectFrom('account')
    .select('id')
    .where('name', '=', name)
    .where('domain_id', '=', project.domain_id)
    .where('role_type', '<>', 'Project')
    .where('removed', 'is', null)
    .executeTakeFirst();
  return found?.id ?? refuse(`There is no account ${name} in the domain of the project ${project.name}.`);
}

async function userNamed(db: Database, project: Project, name: string): Promise<{ id: string; account_id: string }> {
  const found = await db
    .selectFrom('users')
    .innerJoin('account', 'account.id', 'users.account_id')
    .select(['users.id', 'users.account_id'])
    .where('users.username', '=', name)
    .where('account.domain_id', '=', project.domain_id)
    .where('users.removed', 'is', null)
    .where('account.removed', 'is', null)
    .executeTakeFirst();
  return found ?? refuse(`There is no user ${name} in the domain of the project ${project.name}.`);
}

const from = (db: Database) =>
  db
    .selectFrom('project')
    .innerJoin('project_member as m', 'm.project_id', 'project.id')
    .innerJoin('account as a', 'a.id', 'm.account_id')
    .leftJoin('users as u', 'u.id', 'm.user_id');

const matching = (db: Database, { projectid, account, userid, role, projectroleid, keyword }: ParamsOf<'listProjectAccounts'>) =>
  from(db)
    .where(having({ 'project.id': projectid, 'a.name': account, 'm.user_id': userid, 'm.project_role_id': projectroleid }))
    .where(meaning({ 'm.role': role }))
    .where(containing(keyword, 'a.name', 'u.username'));

const withNames = (query: ReturnType<typeof from>) =>
  query
    .innerJoin('domain as d', 'd.id', 'a.domain_id')
    .select(['project.id as projectid', 'project.name as project', 'a.id as accountid', 'a.name as account', 'a.role_type'])
    .select(['u.id as userid', 'u.username', 'm.role', 'm.project_role_id as projectroleid'])
    .select(['d.id as domainid', 'd.name as domain']);
