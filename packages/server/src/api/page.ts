import { type SelectQueryBuilder, sql } from 'kysely';
import { CloudError } from '../error.ts';
import { bearing, type TagParams } from './bearing.ts';
import type { Context } from './handler.ts';
import { type OwnershipParams, visible } from './scope.ts';
import { asksForAll, type Tallied, tallyOf } from './tally.ts';

/** Which part of a list is asked for; without `limit`, all of it. */
export type Page = { readonly offset: number; readonly limit: number | undefined };

/**
 * As CloudStack has it: `default.page.size` is the size where none is said, and the largest; -1 is everything.
 * @throws {CloudError} `parameter`: a larger page.
 */
export async function pageOf(
  { settings }: Pick<Context, 'settings'>,
  { page, pagesize }: { readonly page?: number | undefined; readonly pagesize?: number | undefined },
): Promise<Page> {
  if (pagesize === -1) return { offset: 0, limit: undefined };
  const most = await settings.number('default.page.size');
  if (pagesize !== undefined && pagesize > most)
    throw new CloudError('parameter', `Page size can not exceed max allowed list size value: ${most}`);
  const size = pagesize ?? most;
  return { offset: ((page ?? 1) - 1) * size, limit: size };
}

/** What a query becomes when it is to show something. */
type Shown<P> = { offset(rows: number): Shown<P>; limit(rows: number): Shown<P>; execute(): Promise<P[]> };

/**
 * A page of what a query finds and the caller may see, and how much that is altogether. `alias` is what the query calls the table of the things that the
 * command shows, as the contract says. `shown` orders it and adds what a row shows (which the count can do without). `tallied` is the table of which there
 * is a tally, where `matching` leaves nothing out of it but what parameters ask for.
 * @throws {CloudError}
 */
export async function paged<DB, TB extends keyof DB, O, P = O>(
  context: Pick<Context, 'db' | 'settings' | 'caller' | 'command'>,
  params: Parameters<typeof pageOf>[1] & OwnershipParams & TagParams & { readonly keyword?: string | undefined },
  alias: TB & string,
  matching: SelectQueryBuilder<DB, TB, O>,
  shown: (found: SelectQueryBuilder<DB, TB, O>) => Shown<P> = (query) => query as unknown as Shown<P>,
  tallied?: Tallied,
): Promise<{ readonly count: number; readonly rows: readonly P[] }> {
  const { offset, limit } = await pageOf(context, params);
  const found = matching.where(visible(context, params, alias)).where(bearing(params, alias));
  // What is searched for is looked at row by row: once, for the page and for the total.
  const all = shown(params.keyword ? (found.select(sql<number>`count(*) over ()`.as('total_found')) as typeof found) : found);
  const rows = await (limit === undefined ? all : all.offset(offset).limit(limit)).execute();
  const [first] = rows as readonly { readonly total_found?: number }[];
  if (first?.total_found !== undefined) return { count: first.total_found, rows };
  // The last page tells the total by itself.
  if (limit === undefined || (rows.length < limit && (rows.length > 0 || offset === 0)))
    return { count: offset + rows.length, rows };
  if (tallied && asksForAll(context.caller, params)) return { count: await tallyOf(context, tallied, params, alias), rows };
  const { total } = await found
    .clearSelect()
    .clearOrderBy()
    .select(sql<number>`count(*)`.as('total'))
    .$castTo<{ total: number }>()
    .executeTakeFirstOrThrow();
  return { count: total, rows };
}
