import { type RawBuilder, sql } from 'kysely';
import { everything } from './entities.ts';

/** The parameter by which lists show what bears tags; some lists have one of that name for something else, a text. */
export type TagParams = { readonly tags?: string | Readonly<Record<string, string>> | undefined };

/** Rows of a list that bear one of the tags that are asked for, as CloudStack has it: in whatever letters. `paged` asks this for every list. */
export function bearing({ tags }: TagParams, alias: string): RawBuilder<boolean> {
  if (tags === undefined || typeof tags === 'string') return everything;
  const pairs = Object.entries(tags).map(([key, value]) => sql`(lower(${key}::text), lower(${value}::text))`);
  return sql<boolean>`${sql.ref(`${alias}.id`)} in (select resource_id from resource_tag where (lower(key), lower(value)) in (${sql.join(pairs)}))`;
}
