import { isId } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';

/** True for rows whose columns have the values; what is undefined does not count, a list means any of it. */
export function having(
  columns: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>,
): RawBuilder<boolean> {
  const conditions = Object.entries(columns).flatMap(([column, value]) =>
    value === undefined
      ? []
      : [typeof value === 'object' ? sql`${sql.ref(column)} = any(${value})` : sql`${sql.ref(column)} = ${value}`],
  );
  return every(conditions);
}

/** The same for words of which the case does not count (states, types). */
export function meaning(columns: Readonly<Record<string, string | undefined>>): RawBuilder<boolean> {
  const conditions = Object.entries(columns).flatMap(([column, value]) =>
    value === undefined ? [] : [sql`lower(${sql.ref(column)}) = ${value.toLowerCase()}`],
  );
  return every(conditions);
}

/** True for rows of that id, which came as a text: what is none names nothing. */
export function identified(column: string, id: string | undefined): RawBuilder<boolean> {
  if (id === undefined) return sql<boolean>`true`;
  return isId(id) ? sql<boolean>`${sql.ref(column)} = ${id}` : sql<boolean>`false`;
}

const every = (conditions: readonly RawBuilder<unknown>[]): RawBuilder<boolean> =>
  conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(conditions, sql` and `)})`;

/** True for rows one of whose columns contains the text, whatever its case. */
export function containing(text: string | undefined, ...columns: readonly string[]): RawBuilder<boolean> {
  if (text === undefined || text === '') return sql<boolean>`true`;
  const pattern = `%${literally(text)}%`;
  // Several times as fast, where there are no letters of two cases to be told apart.
  const like = text.toLowerCase() === text.toUpperCase() ? sql`like` : sql`ilike`;
  return sql<boolean>`(${sql.join(
    columns.map((column) => sql`${sql.ref(column)} ${like} ${pattern}`),
    sql` or `,
  )})`;
}

/**
 * As `containing`, where the rows hold nothing but known words in some columns: those are not looked at letter by letter, which is most of what it costs.
 */
export function containingWords(
  text: string | undefined,
  columns: readonly string[],
  words: Readonly<Record<string, readonly string[]>>,
): RawBuilder<boolean> {
  if (text === undefined || text === '') return sql<boolean>`true`;
  const known = Object.entries(words).flatMap(([column, all]) => {
    const found = all.filter((word) => word.toLowerCase().includes(text.toLowerCase()));
    return found.length === 0 ? [] : [sql`${sql.ref(column)} = any(${found})`];
  });
  return sql<boolean>`(${sql.join([containing(text, ...columns), ...known], sql` or `)})`;
}

/** A text as a pattern that matches nothing but it. */
export const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
