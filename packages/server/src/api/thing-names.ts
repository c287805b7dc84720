import type { Entity } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import { nameable, rowsOf } from './entities.ts';
import type { Context } from './handler.ts';

export type Thing = { readonly entity: Entity; readonly id: string };

/** Kinds whose name is not in a column `name`; null: they have none. */
const naming: Partial<Readonly<Record<Entity, RawBuilder<string> | null>>> = {
  virtualmachine: sql<string>`coalesce(nullif(display_name, ''), name)`,
  user: sql<string>`username`,
  traffictype: sql<string>`traffic_type`,
  event: null,
  job: null,
  tag: null,
  annotation: null,
  rolepermission: null,
  projectrolepermission: null,
  projectinvitation: null,
};

/** The names of things that the caller may see, by id: one query for each kind of thing. What was removed has kept its name. */
export async function namesOf(
  { db, caller, command }: Pick<Context, 'db' | 'caller' | 'command'>,
  things: readonly Thing[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const [entity, some] of Map.groupBy(things, (thing) => thing.entity)) {
    const name = naming[entity] === undefined ? sql<string>`name` : naming[entity];
    if (name === null) continue;
    const { table } = rowsOf[entity];
    const ids = [...new Set(some.map(({ id }) => id))];
    const { rows } = await sql<{ id: string; name: string | null }>`select id, ${name} as name from ${sql.table(table)}
      where id = any(${ids}::uuid[]) and ${nameable(entity, table, caller, command, 'use')}`.execute(db);
    for (const row of rows) if (row.name !== null) names.set(row.id, row.name);
  }
  return names;
}
