import { randomUUID } from 'node:crypto';
import type { Database } from '../../db/database.ts';
import type { Project } from './project-checks.ts';
import { refuse } from './rows.ts';

/** Who comes into a project, as what. */
export type Newcomer = {
  readonly accountId: string;
  /** Null: every user of the account. */
  readonly userId: string | null;
  /** For the caller. */
  readonly name: string;
  /** Admin, Regular */
  readonly role: string;
  readonly projectRoleId: string | null;
};

/** @throws {CloudError} `parameter`: he is a member already. */
export async function join(db: Database, project: Project, newcomer: Newcomer): Promise<void> {
  const made = await db
    .insertInto('project_member')
    .values({
      ...{ id: randomUUID(), project_id: project.id, account_id: newcomer.accountId, user_id: newcomer.userId },
      ...{ role: newcomer.role, project_role_id: newcomer.projectRoleId },
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (made.numInsertedOrUpdatedRows === 0n) refuse(`The ${newcomer.name} is a member of the project ${project.name} already.`);
}

/** @throws {CloudError} `parameter`: he is a member already. */
export async function requireNoMember(db: Database, project: Project, { accountId, userId, name }: Newcomer): Promise<void> {
  const member = await db
    .selectFrom('project_member')
    .select('id')
    .where('project_id', '=', project.id)
    .where('account_id', '=', accountId)
    .where('user_id', 'is not distinct from', userId)
    .executeTakeFirst();
  if (member) refuse(`The ${name} is a member of the project ${project.name} already.`);
}
