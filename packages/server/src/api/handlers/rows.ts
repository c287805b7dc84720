import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import type { Tables } from '../../db/schema.ts';
import { CloudError } from '../../error.ts';
import type { Context } from '../handler.ts';
import { pageOf } from '../page.ts';

type Paging = { readonly page?: number | undefined; readonly pagesize?: number | undefined };

/** A page of what a query (in its order) finds, and how many there are in all. */
export async function paged<DB, TB extends keyof DB, O>(
  context: Pick<Context, 'settings'>,
  params: Paging,
  query: SelectQueryBuilder<DB, TB, O>,
): Promise<{ readonly count: number; readonly rows: readonly O[] }> {
  const { offset, limit } = await pageOf(context, params);
  const counted = await query.clearSelect().clearOrderBy().select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow();
  const part = limit === undefined ? query : query.limit(limit).offset(offset);
  return { count: (counted as { count: number }).count, rows: await part.execute() };
}

/** True for rows whose columns have the values; what is undefined does not count, a list means any of it. */
export function having(
  columns: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>,
): RawBuilder<boolean> {
  const conditions = Object.entries(columns).flatMap(([column, value]) =>
    value === undefined
      ? []
      : [typeof value === 'object' ? sql`${sql.ref(column)} = any(${value})` : sql`${sql.ref(column)} = ${value}`],
  );
  return conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}

/** The same for words of which the case does not count (states, types). */
export function meaning(columns: Readonly<Record<string, string | undefined>>): RawBuilder<boolean> {
  const conditions = Object.entries(columns).flatMap(([column, value]) =>
    value === undefined ? [] : [sql`lower(${sql.ref(column)}) = ${value.toLowerCase()}`],
  );
  return conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}

/** True for rows one of whose columns contains the text, whatever its case. */
export function containing(text: string | undefined, ...columns: readonly string[]): RawBuilder<boolean> {
  if (text === undefined || text === '') return sql<boolean>`true`;
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`(${sql.join(
    columns.map((column) => sql`${sql.ref(column)} ilike ${pattern}`),
    sql` or `,
  )})`;
}

type Removable = { [T in keyof Tables]: Tables[T] extends { removed: unknown } ? T : never }[keyof Tables];

/** Locks a thing against being removed (or used) by somebody else until the command ends. @throws {CloudError} it was removed meanwhile. */
export async function lock(db: Database, table: Removable, id: string): Promise<void> {
  const found = await sql`select id from ${sql.table(table)} where id = ${id} and removed is null for update`.execute(db);
  if (found.rows.length === 0)
    throw new CloudError('parameter', `The ${table.replaceAll('_', ' ')} ${id} is gone: somebody removed it just now.`);
}

/** Marks a thing as removed. */
export async function markRemoved(db: Database, table: Removable, id: string): Promise<void> {
  await sql`update ${sql.table(table)} set removed = now() where id = ${id}`.execute(db);
}

/** What still belongs to a thing: the table, the column that points at the thing, what it is called for one and for many. */
export type Belonging = readonly [table: Removable, column: string, one: string, many: string];

/** `counting`: which of them stand in the way; absent: all. @throws {CloudError} `in-use`, with the number of each kind of thing in the way. */
export async function refuseWhileUsed(
  db: Database,
  id: string,
  thing: string,
  belongings: readonly Belonging[],
  counting: RawBuilder<boolean> = sql<boolean>`true`,
): Promise<void> {
  const counts = await Promise.all(
    belongings.map(async ([table, column, one, many]) => {
      const found = await sql<{ n: number }>`
        select count(*) as n from ${sql.table(table)} where ${sql.ref(column)} = ${id} and removed is null and ${counting}`.execute(
        db,
      );
      return { n: found.rows[0]!.n, one, many };
    }),
  );
  const inTheWay = counts.filter(({ n }) => n > 0).map(({ n, one, many }) => `${n} ${n === 1 ? one : many}`);
  if (inTheWay.length > 0)
    throw new CloudError('in-use', `${thing} cannot be deleted: it still has ${words(inTheWay)}. Remove them first.`);
}

/** `a, b and c` */
export const words = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

/** For `.catch` of a write: a name that is taken becomes the given sentence. */
export const whereTaken =
  (message: string) =>
  (error: unknown): never => {
    if ((error as { code?: string }).code === '23505') throw new CloudError('parameter', message, { cause: error });
    throw error;
  };

/** Tags as they are sent: separated by commas. */
export const tagsOf = (text: string): string[] =>
  text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');

/** @throws {CloudError} `parameter`, with what is wrong. */
export function refuse(message: string): never {
  throw new CloudError('parameter', message);
}
