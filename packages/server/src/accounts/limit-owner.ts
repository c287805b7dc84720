import { type RawBuilder, sql } from 'kysely';
import { nameable } from '../api/entities.ts';
import type { Context } from '../api/handler.ts';
import { CloudError } from '../error.ts';

/** Whose a limit or a count is: an account's, a project's (then the account is the project's own), or, without an account, a domain's. */
export type LimitOwner = {
  readonly domain: { readonly id: string; readonly name: string; readonly path: string };
  readonly account?: { readonly id: string; readonly name: string; readonly role_type: string };
  readonly project?: { readonly id: string; readonly name: string };
};
export type OwnerParams = {
  readonly account?: string | undefined;
  readonly domainid?: string | undefined;
  readonly projectid?: string | undefined;
};
type Asking = Pick<Context, 'db' | 'caller' | 'command'>;

/** Of accounts, in the order of their ids. */
export async function accountOwners(
  { db }: Pick<Asking, 'db'>,
  where: RawBuilder<boolean>,
): Promise<(LimitOwner & Required<Pick<LimitOwner, 'account'>>)[]> {
  const rows = await db
    .selectFrom('account')
    .innerJoin('domain', 'domain.id', 'account.domain_id')
    .leftJoin('project', 'project.account_id', 'account.id')
    .select(['account.id', 'account.name', 'account.role_type', 'domain.id as domain_id', 'domain.name as domain', 'domain.path'])
    .select(['project.id as project_id', 'project.name as project'])
    .where('account.removed', 'is', null)
    .where(where)
    .orderBy('account.id')
    .execute();
  return rows.map((row) => ({
    account: { id: row.id, name: row.name, role_type: row.role_type },
    domain: { id: row.domain_id, name: row.domain, path: row.path },
    ...(row.project_id !== null && { project: { id: row.project_id, name: row.project! } }),
  }));
}

/** Of domains, from the outermost. */
export async function domainOwners({ db }: Pick<Asking, 'db'>, where: RawBuilder<boolean>): Promise<LimitOwner[]> {
  const rows = await db
    .selectFrom('domain')
    .select(['id', 'name', 'path'])
    .where('removed', 'is', null)
    .where(where)
    .orderBy('path')
    .execute();
  return rows.map((domain) => ({ domain }));
}

/** The account or the project that the parameters name. @throws {CloudError} `account`: it does not exist, or is not the caller's to name. */
export async function namedAccount(
  asking: Asking,
  params: OwnerParams,
): Promise<LimitOwner & Required<Pick<LimitOwner, 'account'>>> {
  const { caller, command } = asking;
  const named =
    params.projectid === undefined
      ? sql<boolean>`account.name = ${params.account} and account.domain_id = ${params.domainid ?? caller.domainId}
          and account.role_type <> 'Project' and ${nameable('account', 'account', caller, command, 'use')}`
      : sql<boolean>`account.id = (select account_id from project where id = ${params.projectid})`;
  const [found] = await accountOwners(asking, named);
  if (!found) throw new CloudError('account', `There is no account ${params.account} in that domain for which you may act.`);
  return found;
}
