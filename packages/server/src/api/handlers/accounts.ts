import type { ResponseOf, RoleType } from '@virtstack/contract';
import { type Limits, limitsOfAccounts } from '../../accounts/limits.ts';
import { roleFields, roles, typesOf } from '../../accounts/roles.ts';
import { figures, noUsage, type Usage, usageOfAccounts } from '../../accounts/usage.ts';
import type { Database } from '../../db/database.ts';
import { containing } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { beside, lookUpInOrder, withBeside } from '../look-up.ts';
import { paged } from '../page.ts';
import type { OwnershipParams } from '../scope.ts';
import { displayPath } from './domains.ts';
import { userResponse, usersOf } from './users.ts';

export const accounts = {
  listAccounts: async (context, params) => {
    const { count, rows: found } = await paged(
      context,
      { ...params, listall: params.listall || params.name !== undefined },
      'a',
      matching(context, params),
      (query) => query.select('a.id').orderBy('a.created').orderBy('a.id'),
      'account',
    );
    const ids = found.map(({ id }) => id);
    const rows = await accountRows(context.db, ids);
    const [usage, limits, users] = await Promise.all([
      usageOfAccounts(context.db, ids),
      limitsOfAccounts(context.db, context.settings, rows),
      usersOf(context.db, rows),
    ]);
    const byAccount = Map.groupBy(users, (user) => user.account_id);
    const items = rows.map((row) => ({
      ...accountResponse(row, usage.get(row.id) ?? noUsage, limits.get(row.id)!),
      user: (byAccount.get(row.id) ?? []).map((user) => userResponse(user, context.caller)),
    }));
    return { count, items };
  },
} satisfies Handlers<'listAccounts'>;

type Filter = OwnershipParams & {
  readonly name?: string | undefined;
  readonly state?: string | undefined;
  readonly accounttype?: number | undefined;
  readonly keyword?: string | undefined;
};

function matching({ db }: Context, params: Filter) {
  const source = db
    .selectFrom('account')
    .select(['id', 'id as account_id', 'name', 'role_type', 'state', 'created', 'domain_id'])
    .where('removed', 'is', null)
    .where('role_type', '!=', 'Project')
    .as('a');
  let query = db.selectFrom(source);
  if (params.id !== undefined) query = query.where('a.id', '=', params.id);
  if (params.name !== undefined) query = query.where('a.name', '=', params.name);
  if (params.state !== undefined) query = query.where('a.state', '=', params.state.toLowerCase());
  if (params.accounttype !== undefined) query = query.where('a.role_type', 'in', typesOf(params.accounttype));
  return query.where(containing(params.keyword, 'a.name'));
}

const columns = ['id', 'name', 'role_type', 'role_id', 'state', 'created', 'domain_id', 'network_domain', 'details'] as const;

/** In the order of the ids. */
const accountRows = async (db: Database, ids: readonly string[]) =>
  withBeside(db, await lookUpInOrder(db, 'account', columns, ids), {
    domain_id: beside('domain', { domain: 'name', path: 'path' }),
    role_id: beside('role', { role_name: 'name' }),
  });
type Row = Awaited<ReturnType<typeof accountRows>>[number];

function accountResponse(row: Row, usage: Usage, limits: Limits): ResponseOf<'listAccounts'> {
  const role = roles[row.role_type as RoleType];
  return {
    id: row.id,
    name: row.name,
    accounttype: role.accountType,
    ...roleFields(row),
    domainid: row.domain_id,
    domain: row.domain,
    domainpath: displayPath(row.path),
    state: row.state,
    isdefault: row.name === 'admin' && row.path === '/',
    networkdomain: row.network_domain,
    accountdetails: row.details,
    created: row.created,
    vmrunning: usage.running,
    vmstopped: usage.user_vm - usage.running,
    ...figures(usage, limits),
  };
}
