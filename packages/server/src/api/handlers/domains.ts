import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { displayPath } from '../../accounts/display-path.ts';
import { type Domain, isLimited, limitsOfAccounts, limitsOfDomains } from '../../accounts/limits.ts';
import { figures, noUsage, usageOfAccounts, usageOfDomains } from '../../accounts/usage.ts';
import type { Database } from '../../db/database.ts';
import { containing } from '../conditions.ts';
import type { Context, Handlers, ListOf } from '../handler.ts';
import { paged } from '../page.ts';
import { type TagAnswer, withTags } from '../tags.ts';

export const domains = {
  listDomains: (context, params) => shownDomains(context, params, matching(context, params)),
} satisfies Handlers<'listDomains'>;

/** A page of domains with what lists show of them. */
export async function shownDomains(
  context: Context,
  params: Parameters<typeof paged>[1],
  found: ReturnType<typeof matching>,
): Promise<ListOf<ResponseOf<'listDomains'>>> {
  const { db, settings, caller } = context;
  const { count, rows: page } = await paged(context, params, 'domain', found, (query) =>
    query.select('domain.id').orderBy('domain.path'),
  );
  const rows = await domainRows(
    db,
    page.map(({ id }) => id),
  );
  const limits = await limitsOfDomains(db, settings, rows);
  // What is had counts for a user only where it leaves him less.
  const counted = caller.role === 'User' ? rows.filter(({ id }) => isLimited(limits.get(id)!)) : rows;
  const usage = await usageOfDomains(db, counted);
  const all = (await withTags(db, rows)).map((row) => ({
    ...domainResponse(row),
    ...figures(usage.get(row.id) ?? noUsage, limits.get(row.id)!),
  }));
  return { count, items: caller.role === 'User' ? await asUsersSee(context, all) : all };
}

/** In the order of their paths. */
const domainRows = (db: Database, ids: readonly string[]) =>
  db
    .selectFrom('domain')
    .leftJoin('domain as parent', 'parent.id', 'domain.parent_id')
    .select(['domain.id', 'domain.name', 'domain.path', 'domain.level', 'domain.parent_id', 'domain.created'])
    .select(['domain.state', 'domain.network_domain', 'parent.name as parent_name'])
    .select(
      sql<boolean>`exists (select from domain child where child.parent_id = domain.id and child.removed is null)`.as('has_child'),
    )
    .where('domain.id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('domain.path')
    .execute();

/** An admin sees every domain; others their own, and with `listall` what is below it. */
function matching({ db, caller }: Context, params: ParamsOf<'listDomains'>) {
  let query = db.selectFrom('domain').where('domain.removed', 'is', null);
  if (caller.role === 'User') query = query.where('domain.id', '=', caller.domainId);
  else if (caller.role !== 'Admin') query = query.where(sql<boolean>`starts_with(domain.path, ${caller.domainPath})`);
  const from = params.domainid ?? (caller.role === 'Admin' || params.listall || params.id ? undefined : caller.domainId);
  if (from !== undefined)
    query = params.isrecursive
      ? query.where(sql<boolean>`starts_with(domain.path, (select path from domain where id = ${from}))`)
      : query.where('domain.id', '=', from);
  if (params.id !== undefined) query = query.where('domain.id', '=', params.id);
  if (params.name !== undefined) query = query.where('domain.name', '=', params.name);
  if (params.level !== undefined) query = query.where('domain.level', '=', params.level);
  return query.where(containing(params.keyword, 'domain.name'));
}

type Row = Domain & {
  name: string;
  level: number;
  parent_id: string | null;
  parent_name: string | null;
  has_child: boolean;
  created: Date;
  state: string;
  network_domain: string | null;
  resource_tags: readonly TagAnswer[];
};
const domainResponse = (row: Row): ResponseOf<'listDomains'> => ({
  id: row.id,
  name: row.name,
  path: displayPath(row.path),
  level: row.level,
  parentdomainid: row.parent_id,
  parentdomainname: row.parent_name,
  haschild: row.has_child,
  state: row.state,
  networkdomain: row.network_domain,
  created: row.created,
  tags: row.resource_tags,
});

/**
 * What others in his domain have is nothing for a user; what is left for him is: no more than his account may still have, for what is beyond that would
 * tell of the others.
 */
async function asUsersSee<T extends object>({ db, settings, caller }: Context, answers: readonly T[]): Promise<T[]> {
  const { accountId: id, role } = caller;
  const limits = await limitsOfAccounts(db, settings, [{ id, role_type: role }]);
  const usage = await usageOfAccounts(db, [id]);
  const own: Readonly<Record<string, unknown>> = figures(usage.get(id) ?? noUsage, limits.get(id)!);
  const seen = ([name, value]: [string, unknown]) =>
    name.endsWith('total') ? [] : [[name, name.endsWith('available') ? least(value, own[name]) : value]];
  return answers.map((answer) => Object.fromEntries(Object.entries(answer).flatMap(seen)) as T);
}

/** Of what a domain and an account may still have; where the domain has no limit it says so. */
const least = (ofDomain: unknown, own: unknown): unknown => (Number(own) < Number(ofDomain) ? own : ofDomain);

export { displayPath };
