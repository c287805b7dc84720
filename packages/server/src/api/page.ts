import { type SelectQueryBuilder, sql } from 'kysely';
import { CloudError } from '../error.ts';
import type { Context } from './handler.ts';

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

/** A page of what a query finds, in the order that `select` gives it, and how much it finds altogether. */
export async function selectPage<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, object>,
  { offset, limit }: Page,
  select: (query: SelectQueryBuilder<DB, TB, object>) => SelectQueryBuilder<DB, TB, O>,
): Promise<{ readonly count: number; readonly rows: readonly O[] }> {
  const ordered = select(query);
  const rows = await (limit === undefined ? ordered : ordered.offset(offset).limit(limit)).execute();
  // The last page tells the total by itself.
  if (limit === undefined || (rows.length < limit && (rows.length > 0 || offset === 0)))
    return { count: offset + rows.length, rows };
  const counted = await query.select(sql<number>`count(*)`.as('total')).execute();
  return { count: Number((counted[0] as { total: number }).total), rows };
}

/** A piece of text to look for anywhere in a column, its own wildcards taken literally. */
export const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
