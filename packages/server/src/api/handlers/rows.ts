import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import type { Tables } from '../../db/schema.ts';
import { CloudError } from '../../error.ts';

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
