import { type Kysely, sql } from 'kysely';

/** A tag's key is the same in whatever letters. Of keys that differed in nothing else the first keeps its name, the others take their ids to it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `update resource_tag t set key = left(t.key, 200) || ' ' || t.id
   where exists (select from resource_tag first where first.resource_id = t.resource_id and lower(first.key) = lower(t.key)
     and (first.created, first.id) < (t.created, t.id))`,
  `alter table resource_tag drop constraint resource_tag_resource_id_key_key`,
  `create unique index resource_tag_any_case on resource_tag (resource_id, lower(key))`,
  `drop index resource_tag_key`,
  `create index resource_tag_key on resource_tag (lower(key), lower(value))`,
];
