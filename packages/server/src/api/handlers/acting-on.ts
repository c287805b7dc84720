import { sql } from 'kysely';
import { requireAbove, standingOf } from '../../accounts/above.ts';
import { isBuiltInAccount } from '../../accounts/first-admin.ts';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { nameable } from '../entities.ts';
import type { Context } from '../handler.ts';
import { refuse } from './rows.ts';

/** How a command names an account. */
export type AccountNaming = {
  readonly id?: string | undefined;
  readonly account?: string | undefined;
  readonly domainid?: string | undefined;
};
export type AccountRow = {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly domain_id: string;
  readonly domain: string;
  readonly path: string;
};

/** The account that a command is to change, when the caller may act for it. @throws {CloudError} */
export async function accountActedOn(context: Context, naming: AccountNaming): Promise<AccountRow> {
  const { db, caller, command } = context;
  if (naming.id === undefined && naming.account === undefined)
    refuse('Say which account: by its id, or by its name (account) and its domain (domainid).');
  let query = selectAccounts(db).where(nameable('account', 'account', caller, command, 'change'));
  if (naming.id !== undefined) query = query.where('account.id', '=', naming.id);
  else
    query = query.where('account.name', '=', naming.account!).where('account.domain_id', '=', naming.domainid ?? caller.domainId);
  const row = await query.executeTakeFirst();
  if (!row) return refuse(`There is no account ${naming.account ?? naming.id} in that domain, or it is not yours to change.`);
  requireAbove(caller, await standingOf(db, row.id), `the account ${row.name}`);
  return row;
}

const selectAccounts = (db: Database) =>
  db
    .selectFrom('account')
    .innerJoin('domain', 'domain.id', 'account.domain_id')
    .select(['account.id', 'account.name', 'account.state', 'account.domain_id', 'domain.name as domain', 'domain.path'])
    .where('account.role_type', '!=', 'Project')
    .where('account.removed', 'is', null);

/** @throws {CloudError} it is the caller’s own, or the built-in admin’s: then nobody could take it back. */
export function refuseOwnAndBuiltIn({ caller }: Context, { id, name, path }: AccountRow, done: string): void {
  if (id === caller.accountId)
    throw new CloudError('account', `Your own account cannot be ${done} by yourself: ask another admin.`);
  if (isBuiltInAccount({ account: name, domainPath: path }))
    throw new CloudError('account', `The account ${name} of ROOT is built in: it cannot be ${done}.`);
}

/**
 * @throws {CloudError} `in-use`: projects that would have no admin any more when these members (rows of project_member as m) are gone. Those below `path` go
 * with them.
 */
export async function requireProjectsLookedAfter(
  db: Database,
  gone: ReturnType<typeof sql<boolean>>,
  path?: string,
): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select p.name from project p join domain d on d.id = p.domain_id
    where p.removed is null and not coalesce(starts_with(d.path, ${path ?? null}::text), false)
      and exists (select from project_member m where m.project_id = p.id and m.role = 'Admin' and (${gone}))
      and not exists (select from project_member m where m.project_id = p.id and m.role = 'Admin' and (${gone}) is not true)
    order by p.name`.execute(db);
  if (rows.length > 0)
    throw new CloudError(
      'in-use',
      `${rows.length === 1 ? 'The project' : 'The projects'} ${rows
        .map(({ name }) => name)
        .slice(0, 5)
        .join(
          ', ',
        )} would have no admin any more. Give ${rows.length === 1 ? 'it' : 'them'} another (updateProject), or delete ${rows.length === 1 ? 'it' : 'them'} first.`,
    );
}
