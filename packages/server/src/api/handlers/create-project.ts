import { randomUUID } from 'node:crypto';
import type { ParamsOf } from '@virtstack/contract';
import { CloudError } from '../../error.ts';
import type { JobRequest } from '../../jobs/request.ts';
import type { Context } from '../handler.ts';
import { refuse, whereTaken } from './rows.ts';

type Params = ParamsOf<'createProject'>;
type Admin = { readonly accountId: string; readonly domainId: string; readonly userId: string | null };

/** Writes a project, the account that will own its things, and its first admin. */
export async function createProject(context: Context, params: Params): Promise<JobRequest> {
  const { db, caller, settings } = context;
  if (caller.role === 'User' && !(await settings.boolean('allow.user.create.projects')))
    throw new CloudError(
      'account',
      'Users may not make projects here. Ask an admin to make one, or to set allow.user.create.projects.',
    );
  if (params.name === '') refuse('name: a project needs one.');
  const admin = await adminOf(context, params);
  const [id, accountId] = [randomUUID(), randomUUID()];
  const account = { id: accountId, domain_id: admin.domainId, name: `PrjAcct-${params.name}-${accountId.slice(0, 8)}` };
  await db
    .insertInto('account')
    .values({ ...account, role_type: 'Project' })
    .execute();
  await db
    .insertInto('project')
    .values({
      ...{ id, domain_id: admin.domainId, account_id: accountId },
      ...{ name: params.name, display_text: params.displaytext || params.name },
    })
    .execute()
    .catch(whereTaken(`There is already a project ${params.name} in that domain.`));
  await db
    .insertInto('project_member')
    .values({ id: randomUUID(), project_id: id, account_id: admin.accountId, user_id: admin.userId, role: 'Admin' })
    .execute();
  return { saga: 'change-project', state: { projectId: id }, subject: id, instance: { type: 'Project', id } };
}

/** That the caller may act for the account, and for the user, was settled with the parameters. */
async function adminOf({ db, owner }: Context, { account, accountid, userid }: Params): Promise<Admin> {
  const user =
    userid === undefined
      ? undefined
      : await db
          .selectFrom('users')
          .innerJoin('account', 'account.id', 'users.account_id')
          .select(['account.id', 'account.domain_id'])
          .where('users.id', '=', userid)
          .executeTakeFirstOrThrow();
  const named =
    accountid === undefined
      ? undefined
      : await db.selectFrom('account').select(['id', 'domain_id']).where('id', '=', accountid).executeTakeFirstOrThrow();
  const given = named ?? (account === undefined && user ? user : { id: owner.accountId, domain_id: owner.domainId });
  if (user && user.id !== given.id) return refuse('userid: that user belongs to another account.');
  return { accountId: given.id, domainId: given.domain_id, userId: userid ?? null };
}
