import type { Database } from '../../db/database.ts';
import { refuse } from './rows.ts';

export type Project = {
  readonly id: string;
  readonly name: string;
  readonly display_text: string;
  readonly state: string;
  readonly account_id: string;
  readonly domain_id: string;
};

/** A project, which nobody else changes until the command ends. @throws {CloudError} it was deleted just now. */
export async function lockedProject(db: Database, id: string): Promise<Project> {
  const project = await db
    .selectFrom('project')
    .select(['id', 'name', 'display_text', 'state', 'account_id', 'domain_id'])
    .where('id', '=', id)
    .where('removed', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return project ?? refuse(`The project ${id} is gone: somebody deleted it just now.`);
}

/** Members that are to be found: an account, or a single user. */
export type Party = { readonly account?: string | undefined; readonly userId?: string | undefined };

/** @throws {CloudError} `parameter`: he is no member. */
export async function memberOf(db: Database, project: Project, { account, userId }: Party): Promise<{ id: string }> {
  const members = db.selectFrom('project_member as m').select('m.id').where('m.project_id', '=', project.id);
  const found =
    userId !== undefined
      ? await members.where('m.user_id', '=', userId).executeTakeFirst()
      : await members
          .innerJoin('account as a', 'a.id', 'm.account_id')
          .where('a.name', '=', account ?? '')
          .where('m.user_id', 'is', null)
          .executeTakeFirst();
  const who = userId === undefined ? `account ${account}` : `user ${userId}`;
  return found ?? refuse(`The ${who} is no member of the project ${project.name}. listProjectAccounts shows who is.`);
}

/** @throws {CloudError} `parameter`: nobody would be left to look after the project. */
export async function requireAnAdmin(db: Database, { id, name }: Project): Promise<void> {
  const admin = await db
    .selectFrom('project_member')
    .select('id')
    .where('project_id', '=', id)
    .where('role', '=', 'Admin')
    .executeTakeFirst();
  if (!admin)
    refuse(
      `The project ${name} needs an admin, and this is its last: make another member one first (updateProject), or delete it.`,
    );
}

/** @throws {CloudError} `parameter`: the project role is another project’s. */
export async function requireOwnRole(db: Database, project: { readonly id: string }, roleId: string | undefined): Promise<void> {
  if (roleId === undefined) return;
  const role = await db
    .selectFrom('project_role')
    .select('id')
    .where('id', '=', roleId)
    .where('project_id', '=', project.id)
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (!role) refuse(`The project role ${roleId} is not one of this project.`);
}
