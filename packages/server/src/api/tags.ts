import type { ResponseOf } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import { everything } from './entities.ts';

export type TagAnswer = ResponseOf<'listTags'>;

/** The parameter by which lists show what bears tags; some lists have one of that name for something else, a text. */
export type TagParams = { readonly tags?: string | Readonly<Record<string, string>> | undefined };

/** Rows of a list that bear one of the tags that are asked for, as CloudStack has it. `paged` asks this for every list. */
export function bearing({ tags }: TagParams, alias: string): RawBuilder<boolean> {
  if (tags === undefined || typeof tags === 'string') return everything;
  const pairs = Object.entries(tags).map(([key, value]) => sql`(${key}, ${value})`);
  return sql<boolean>`${sql.ref(`${alias}.id`)} in (select resource_id from resource_tag where (key, value) in (${sql.join(pairs)}))`;
}

/** The tags of a row, for a query that shows it: `row.resource_tags`. */
export const tagsOf = (alias: string) =>
  sql<TagAnswer[]>`(select coalesce(jsonb_agg(jsonb_build_object(
      'key', tag.key, 'value', tag.value, 'resourcetype', tag.resource_type, 'resourceid', tag.resource_id, 'customer', tag.customer,
      'account', case when tag.project_id is null then tag_account.name end, 'projectid', tag.project_id, 'project', tag_project.name,
      'domainid', tag.domain_id, 'domain', tag_domain.name, 'domainpath', rtrim('ROOT' || tag_domain.path, '/')) order by tag.key), '[]')
    from resource_tag tag join account tag_account on tag_account.id = tag.account_id join domain tag_domain on tag_domain.id = tag.domain_id
    left join project tag_project on tag_project.id = tag.project_id
    where tag.resource_id = ${sql.ref(`${alias}.id`)})`.as('resource_tags');
