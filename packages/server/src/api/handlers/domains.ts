import type { ParamsOf, ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { emptyUsage, noLimits, type Usage, usageOf } from '../../accounts/usage.ts';
import type { Database } from '../../db/database.ts';
import { containing } from '../conditions.ts';
import type { Context, Handlers, ListOf } from '../handler.ts';
import { paged } from '../page.ts';

export const domains = {
  listDomains: async (context, params): Promise<ListOf<ResponseOf<'listDomains'>>> => {
    const { count, rows } = await paged(context, params, 'domain', matching(context, params), (query) =>
      query
        .select(['domain.id', 'domain.name', 'domain.path', 'domain.level', 'domain.parent_id', 'domain.created'])
        .orderBy('domain.path'),
    );
    const all = await context.db
      .selectFrom('domain')
      .select(['id', 'path', 'name', 'parent_id'])
      .where('removed', 'is', null)
      .execute();
    const tree: Tree = {
      names: new Map(all.map(({ id, name }) => [id, name])),
      parents: new Set(all.map(({ parent_id }) => parent_id)),
    };
    const usage = await usageBelow(context.db, rows, all);
    return { count, items: rows.map((row) => domainResponse(row, tree, usage.get(row.id)!)) };
  },
} satisfies Handlers<'listDomains'>;

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

type Row = { id: string; name: string; path: string; level: number; parent_id: string | null; created: Date };
type Tree = { readonly names: ReadonlyMap<string, string>; readonly parents: ReadonlySet<string | null> };

const domainResponse = (row: Row, { names, parents }: Tree, usage: Usage): ResponseOf<'listDomains'> => ({
  id: row.id,
  name: row.name,
  path: displayPath(row.path),
  level: row.level,
  parentdomainid: row.parent_id,
  parentdomainname: row.parent_id && names.get(row.parent_id),
  haschild: parents.has(row.id),
  state: 'Active',
  created: row.created,
  ...noLimits(usage),
});

/** CloudStack shows `ROOT/a/b` where it stores `/a/b/`. */
export const displayPath = (path: string): string => `ROOT${path}`.replace(/\/$/, '');

type Place = { readonly id: string; readonly path: string };

/** What is used in each of these domains and below it. */
async function usageBelow(db: Database, rows: readonly Place[], all: readonly Place[]): Promise<ReadonlyMap<string, Usage>> {
  const under = new Map(rows.map((row) => [row.id, all.filter(({ path }) => path.startsWith(row.path)).map(({ id }) => id)]));
  const single = await usageOf(db, 'domain_id', [...new Set([...under.values()].flat())]);
  return new Map([...under].map(([id, ids]) => [id, sum(ids.flatMap((one) => single.get(one) ?? []))]));
}

const sum = (usages: readonly Usage[]): Usage =>
  usages.reduce(
    (a, b) => Object.fromEntries(Object.entries(a).map(([key, value]) => [key, value + b[key as keyof Usage]])) as Usage,
    emptyUsage,
  );
