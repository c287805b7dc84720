import { sql } from 'kysely';
import { accountAnswer, asAsker, userAnswer } from '../api/handlers/identity-answers.ts';
import { CloudError, wordsFor } from '../error.ts';
import { emptyAccount, emptySteps } from './empty-account.ts';
import { forgetProject } from './project-sagas.ts';
import { type Run, saga } from './saga.ts';
import { stopMachines } from './stop-machines.ts';

type Account = { readonly accountId: string };
type User = { readonly userId: string };
type Domain = { readonly domainId: string };

const written = { do: async () => {}, undo: { nothing: 'the command itself wrote it' } };
const gone = { nothing: 'what is removed is removed; deleting again goes on' };

const shownAccount = async (run: Run, { accountId }: Account): Promise<Record<string, unknown>> => {
  const context = await asAsker(run);
  return { account: context ? await accountAnswer(context, accountId) : { id: accountId } };
};

/** Rows that the commands themselves wrote whole: the jobs are there because clients wait for them. */
export const lockAccount = saga<Account>('lock-account', { result: shownAccount }).step('written', written);
export const changeUser = saga<User>('change-user', {
  result: async (run, { userId }) => {
    const context = await asAsker(run);
    return { user: context ? await userAnswer(context, userId) : { id: userId } };
  },
}).step('written', written);

/** The command shut its users out. */
export const disableAccount = saga<Account>('disable-account', { result: shownAccount }).step('machines', {
  do: (run, { accountId }) => stopMachines(run, accountId, { is: 'The account is disabled', again: 'Disable it again' }),
  undo: { nothing: 'it stays disabled, and what stopped stays stopped; disabling again goes on' },
});

/** The command shut its users out, and nobody makes anything new for it. */
export const deleteAccount = emptySteps(saga<Account>('delete-account')).step('removed', {
  do: (run, { accountId }) => forgetAccount(run, accountId),
  undo: gone,
});

/** The command made it and all below it Inactive: nobody logs in, and nothing new is made in it. */
export const deleteDomain = saga<Domain>('delete-domain')
  .step('closed', {
    do: (run, { domainId }) => setState(run, domainId, 'Inactive'),
    undo: (run, { domainId }) => setState(run, domainId, 'Active'),
  })
  .step('accounts', { do: (run, { domainId }) => deleteAccounts(run, domainId), undo: gone })
  .step('removed', { do: (run, { domainId }) => forgetDomains(run, domainId), undo: gone });

export const identitySagas = [lockAccount, changeUser, disableAccount, deleteAccount, deleteDomain];

/** @throws {CloudError} `conflict`: something was made for it meanwhile. */
async function forgetAccount({ db }: Run, accountId: string): Promise<void> {
  const removed = new Date();
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql`
      select 1 from virtual_machine where account_id = ${accountId} and removed is null
      union all select 1 from volume where account_id = ${accountId} and removed is null
      union all select 1 from template where account_id = ${accountId} and removed is null
      union all select 1 from network where account_id = ${accountId} and removed is null limit 1`.execute(tx);
    if (rows.length > 0)
      throw new CloudError('conflict', 'Something was made for the account while it was deleted. Delete it again.');
    const users = tx.selectFrom('users').select('id').where('account_id', '=', accountId);
    for (const table of ['session', 'api_key', 'console_ticket'] as const)
      await tx.deleteFrom(table).where('user_id', 'in', users).execute();
    for (const table of ['project_member', 'project_invitation'] as const)
      await tx.deleteFrom(table).where('account_id', '=', accountId).execute();
    await tx
      .updateTable('users')
      .set({ removed, state: 'disabled' })
      .where('account_id', '=', accountId)
      .where('removed', 'is', null)
      .execute();
    await tx.updateTable('account').set({ removed, state: 'disabled' }).where('id', '=', accountId).execute();
  });
}

const pathOf = async ({ db }: Run, domainId: string): Promise<string> =>
  (await db.selectFrom('domain').select('path').where('id', '=', domainId).executeTakeFirstOrThrow()).path;

async function setState(run: Run, domainId: string, state: 'Active' | 'Inactive'): Promise<void> {
  const path = await pathOf(run, domainId);
  await sql`update domain set state = ${state} where starts_with(path, ${path}) and removed is null`.execute(run.db);
}

/** Of the domain and of all below it, the deepest first; projects before their members. @throws {CloudError} which one could not be deleted, and why. */
async function deleteAccounts(run: Run, domainId: string): Promise<void> {
  const accounts = await run.db
    .selectFrom('account')
    .innerJoin('domain', 'domain.id', 'account.domain_id')
    .leftJoin('project', 'project.account_id', 'account.id')
    .select(['account.id', 'account.name', 'account.role_type', 'project.id as project_id', 'project.name as project'])
    .where(sql<boolean>`starts_with(domain.path, ${await pathOf(run, domainId)})`)
    .where('account.removed', 'is', null)
    .orderBy('domain.level', 'desc')
    .orderBy(sql`account.role_type = 'Project'`, 'desc')
    .orderBy('account.created')
    .execute();
  for (const [index, { id, name, project_id, project }] of accounts.entries()) {
    run.progress((index / accounts.length) * 100);
    try {
      await emptyAccount(run, id);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      const whose = project_id ? `the project ${project}` : `the account ${name}`;
      const forAdmins = `Of ${whose}: ${wordsFor(true, error)}`;
      throw new CloudError(error.kind, `Of ${whose}: ${error.message}`, { cause: error, forAdmins });
    }
    if (project_id) await forgetProject(run, { projectId: project_id, accountId: id });
    else await forgetAccount(run, id);
  }
}

/** What is removed leaves its place in the tree: a domain that is made there later inherits nothing, neither things nor events. */
async function forgetDomains(run: Run, domainId: string): Promise<void> {
  const path = await pathOf(run, domainId);
  await run.db.transaction().execute(async (tx) => {
    const made = await sql`
      select 1 from account a join domain d on d.id = a.domain_id where starts_with(d.path, ${path}) and a.removed is null`.execute(
      tx,
    );
    if (made.rows.length > 0)
      throw new CloudError('conflict', 'Something was made in the domain while it was deleted. Delete it again.');
    const below = sql`(select id from domain where starts_with(path, ${path}) and removed is null)`;
    await sql`delete from setting where scope = 'domain' and scope_id in (select id::text from ${below} d)`.execute(tx);
    await sql`delete from resource_limit where domain_id in ${below}`.execute(tx);
    await sql`delete from resource_tag where resource_id in ${below}`.execute(tx);
    await sql`update annotation set removed = now() where entity_id in ${below} and removed is null`.execute(tx);
    await sql`update domain set removed = now(), path = 'removed ' || id where starts_with(path, ${path}) and removed is null`.execute(
      tx,
    );
  });
}
