import type { ResponseOf, RoleType } from '@virtstack/contract';
import { roles, typesOf } from '../../accounts/roles.ts';
import { emptyUsage, noLimits, type Usage, usageOf } from '../../accounts/usage.ts';
import { containing } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { paged } from '../page.ts';
import type { OwnershipParams } from '../scope.ts';
import { displayPath } from './domains.ts';
import { selectUsers, userResponse } from './users.ts';

export const accounts = {
  listAccounts: async (context, params) => {
    const { count, rows } = await paged(
      context,
      { ...params, listall: params.listall || params.name !== undefined },
      'a',
      matching(context, params),
      (query) =>
        query
          .innerJoin('domain', 'domain.id', 'a.domain_id')
          .select(['a.id', 'a.name', 'a.role_type', 'a.state', 'a.created', 'a.domain_id'])
          .select(['domain.name as domain', 'domain.path'])
          .orderBy('a.created')
          .orderBy('a.id'),
    );
    const ids = rows.map(({ id }) => id);
    const usage = await usageOf(context.db, 'account_id', ids);
    const users = await selectUsers(context.db)
      .where('u.account_id', 'in', ids.length > 0 ? ids : [context.caller.accountId])
      .execute();
    const byAccount = Map.groupBy(users, (user) => user.account_id);
    const items = rows.map((row) => ({
      ...accountResponse(row, usage.get(row.id) ?? emptyUsage),
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

type Row = {
  id: string;
  name: string;
  role_type: string;
  state: string;
  created: Date;
  domain_id: string;
  domain: string;
  path: string;
};

function accountResponse(row: Row, usage: Usage): ResponseOf<'listAccounts'> {
  const role = roles[row.role_type as RoleType];
  return {
    id: row.id,
    name: row.name,
    accounttype: role.accountType,
    roleid: role.id,
    roletype: row.role_type,
    rolename: role.name,
    domainid: row.domain_id,
    domain: row.domain,
    domainpath: displayPath(row.path),
    state: row.state,
    isdefault: row.name === 'admin' && row.path === '/',
    created: row.created,
    vmrunning: usage.running,
    vmstopped: usage.machines - usage.running,
    ...noLimits(usage),
  };
}
