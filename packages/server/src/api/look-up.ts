import { type Selectable, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';

type WithId = { [T in keyof Tables]: Tables[T] extends { id: unknown } ? T : never }[keyof Tables];
type Row<T extends keyof Tables> = Selectable<Tables[T]>;

/**
 * Columns of the rows of these ids, by id: what it takes grows with the ids alone. Where a join of a page's rows is left to PostgreSQL it reads the whole
 * of a table once it believes that to be quicker: everybody's rows, and the removed ones.
 */
export async function lookUp<T extends WithId, C extends keyof Row<T> & string>(
  db: Database,
  table: T,
  columns: readonly C[],
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, Pick<Row<T>, C> & { readonly id: string }>> {
  const wanted = [...new Set(ids)].filter((id) => id !== null);
  if (wanted.length === 0) return new Map();
  const names = [...new Set<string>(['id', ...columns])].map((name) => sql.ref(name));
  // `offset 0` keeps it a look-up for each.
  const found = await sql<Pick<Row<T>, C> & { readonly id: string }>`select found.* from unnest(${wanted}::uuid[]) as wanted (id)
    cross join lateral (select ${sql.join(names)} from ${sql.table(table)} t where t.id = wanted.id offset 0) found`.execute(db);
  return new Map(found.rows.map((row) => [row.id, row]));
}

/** The rows of these ids, in that order. */
export async function lookUpInOrder<T extends WithId, C extends keyof Row<T> & string>(
  db: Database,
  table: T,
  columns: readonly C[],
  ids: readonly string[],
): Promise<(Pick<Row<T>, C> & { readonly id: string })[]> {
  const rows = await lookUp(db, table, columns, ids);
  return ids.flatMap((id) => rows.get(id) ?? []);
}

/** A table, and which of its columns are shown beside a row that names one of its rows: under the names that are given to them. */
type Beside = { readonly table: WithId; readonly columns: Readonly<Record<string, string>> };

export const beside = <T extends WithId, const C extends Readonly<Record<string, keyof Row<T> & string>>>(
  table: T,
  columns: C,
) => ({
  table,
  columns,
});

/** `Id`: of the column that names it; where that can be null, so can be what is beside it. */
type Shown<B, Id> = B extends { table: infer T extends WithId; columns: infer C }
  ? { readonly [A in keyof C]: Row<T>[C[A] & keyof Row<T>] | (null extends Id ? null : never) }
  : never;
type All<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;
type Looked<R, L> = All<{ [K in keyof L & keyof R]: Shown<L[K], R[K]> }[keyof L & keyof R]>;

/** Rows with what is shown beside them of the rows that their columns name: one query for each column. The rows themselves get it: they are many and wide. */
export async function withBeside<
  const L extends Readonly<Record<string, Beside>>,
  R extends { readonly [K in keyof L]: string | null },
>(db: Database, rows: R[], looked: L): Promise<(R & Looked<R, L>)[]> {
  const found = await Promise.all(
    Object.entries(looked).map(async ([key, { table, columns }]) => {
      const ids = rows.map((row) => row[key as keyof R] as string | null);
      const byId = await lookUp(db, table, Object.values(columns) as never[], ids);
      return { key, names: Object.entries(columns), byId: byId as ReadonlyMap<string | null, Readonly<Record<string, unknown>>> };
    }),
  );
  for (const row of rows as readonly (R & Record<string, unknown>)[])
    for (const { key, names, byId } of found) {
      const there = byId.get(row[key as keyof R] as string | null);
      for (const [name, column] of names) (row as Record<string, unknown>)[name] = there?.[column] ?? null;
    }
  return rows as (R & Looked<R, L>)[];
}
