import { randomUUID } from 'node:crypto';
import type { ParamsOf } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { containing, having } from '../conditions.ts';
import { toHim } from '../entities.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import { displayPath } from './domains.ts';
import { lockedProject, type Project } from './project-checks.ts';
import { join, type Newcomer, requireNoMember } from './project-join.ts';
import { projectJob } from './projects.ts';
import { refuse } from './rows.ts';

/** The commands about who may come into a project. */
export const projectInvitations = {
  async listProjectInvitations(context, params) {
    const state = stateOf(await timeoutOf(context));
    const project = params.projectid === '-1' ? undefined : params.projectid;
    const matching = from(context.db)
      .where(having({ 'i.id': params.id, 'i.project_id': project, 'i.user_id': params.userid }))
      .where(sql<boolean>`lower(${state}) = coalesce(lower(${params.state ?? null}), lower(${state}))`)
      .where(params.activeonly ? sql<boolean>`${state} = 'Pending'` : sql<boolean>`true`)
      .where(asked(context, params))
      .where(containing(params.keyword, 'p.name', 'a.name'));
    const { projectid: _, ...rest } = params;
    const { count, rows } = await paged(context, rest, 'i', matching, (query) =>
      query
        .innerJoin('domain as d', 'd.id', 'p.domain_id')
        .select(['i.id', 'p.id as projectid', 'p.name as project', 'd.id as domainid', 'd.name as domain', 'd.path'])
        .select(['a.name as account', 'i.user_id as userid', 'i.email', state.as('state')])
        .orderBy('i.created')
        .orderBy('i.id'),
    );
    return { count, items: rows.map(({ path, ...row }) => ({ ...row, domainpath: displayPath(path) })) };
  },

  async updateProjectInvitation(context, { accept, ...params }) {
    const { db } = context;
    const found = await answerable(context, params);
    if (accept) await join(db, await lockedProject(db, found.project_id), newcomerOf(found));
    await db
      .updateTable('project_invitation')
      .set({ state: accept ? 'Completed' : 'Declined' })
      .where('id', '=', found.id)
      .execute();
    return projectJob('change-project-members', found.project_id);
  },

  async deleteProjectInvitation({ db }, { id }) {
    const gone = await db.deleteFrom('project_invitation').where('id', '=', id).returning('project_id').executeTakeFirstOrThrow();
    return projectJob('change-project-members', gone.project_id);
  },
} satisfies Handlers<'listProjectInvitations' | 'updateProjectInvitation' | 'deleteProjectInvitation'>;

/** Asks an account, or a single user, to come. @throws {CloudError} `parameter`: he was asked already, or is in. */
export async function invite(context: Context, project: Project, newcomer: Newcomer): Promise<void> {
  const { db } = context;
  await requireNoMember(db, project, newcomer);
  const state = stateOf(await timeoutOf(context));
  const earlier = await from(db)
    .select(['i.id', state.as('state')])
    .where('i.project_id', '=', project.id)
    .where('i.account_id', '=', newcomer.accountId)
    .where('i.user_id', 'is not distinct from', newcomer.userId)
    .execute();
  if (earlier.some((one) => one.state === 'Pending'))
    refuse(`The ${newcomer.name} is invited to the project ${project.name} already, and has not answered yet.`);
  for (const { id } of earlier) await db.deleteFrom('project_invitation').where('id', '=', id).execute();
  await db
    .insertInto('project_invitation')
    .values({
      ...{ id: randomUUID(), project_id: project.id, domain_id: project.domain_id },
      ...{ account_id: newcomer.accountId, user_id: newcomer.userId },
      ...{ role: newcomer.role, project_role_id: newcomer.projectRoleId },
    })
    .execute();
}

const timeoutOf = ({ settings }: Pick<Context, 'settings'>): Promise<number> => settings.number('project.invite.timeout');

/** What it is now: one that nobody answered in time can no longer be. */
const stateOf = (seconds: number): RawBuilder<string> =>
  sql<string>`(case when i.state = 'Pending' and i.created < now() - ${seconds} * interval '1 second' then 'Expired' else i.state end)`;

const from = (db: Database) =>
  db
    .selectFrom('project_invitation as i')
    .innerJoin('project as p', 'p.id', 'i.project_id')
    .leftJoin('account as a', 'a.id', 'i.account_id')
    .where('p.removed', 'is', null);

/** One’s own, or those of an account or a domain; all that may be seen with listall, an id or a project. */
function asked({ caller }: Context, params: ParamsOf<'listProjectInvitations'>): RawBuilder<boolean> {
  const { account, domainid = caller.domainId } = params;
  if (account !== undefined) return sql<boolean>`a.name = ${account} and a.domain_id = ${domainid}`;
  if (params.domainid !== undefined && params.isrecursive)
    return sql<boolean>`i.domain_id in (select d.id from domain d join domain top on starts_with(d.path, top.path) where top.id = ${domainid})`;
  if (params.domainid !== undefined) return having({ 'i.domain_id': domainid });
  const all = params.listall || params.id !== undefined || params.projectid !== undefined || params.userid !== undefined;
  return all ? sql<boolean>`true` : toHim('i', caller);
}

type Answering = Pick<ParamsOf<'updateProjectInvitation'>, 'projectid' | 'account' | 'userid'>;

/** An open invitation that the caller may answer. @throws {CloudError} `parameter`: the same words whether there is none, or not for him, or no such project. */
async function answerable(context: Context, { projectid, account, userid }: Answering) {
  const { db, caller } = context;
  const found = await from(db)
    .selectAll('i')
    .select('a.name')
    .where('i.project_id', '=', projectid)
    .where(having({ 'a.name': account, 'i.user_id': userid }))
    .where(sql<boolean>`${stateOf(await timeoutOf(context))} = 'Pending'`)
    .where(account === undefined && userid === undefined ? toHim('i', caller) : speaksFor(context))
    // His own before that of all his account.
    .orderBy(sql`i.user_id nulls last`)
    .forUpdate('i')
    .executeTakeFirst();
  return (
    found ?? refuse('There is no such invitation that you could answer: it is for somebody else, was answered, or has expired.')
  );
}

/** Admins answer for those in their domains. */
function speaksFor({ caller }: Context): RawBuilder<boolean> {
  if (caller.role === 'Admin') return sql<boolean>`true`;
  if (caller.role === 'User') return toHim('i', caller);
  return sql<boolean>`(${toHim('i', caller)} or a.domain_id in (select id from domain where starts_with(path, ${caller.domainPath})))`;
}

type Invitation = {
  account_id: string | null;
  user_id: string | null;
  name: string | null;
  role: string;
  project_role_id: string | null;
};
const newcomerOf = ({ account_id, user_id, name, role, project_role_id }: Invitation): Newcomer => ({
  accountId: account_id!,
  userId: user_id,
  name: user_id === null ? `account ${name}` : `user ${user_id}`,
  role,
  projectRoleId: project_role_id,
});
