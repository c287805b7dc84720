import type { ResponseOf } from '@virtstack/contract';
import { type Selectable, sql } from 'kysely';
import { displayPath } from '../accounts/display-path.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';
import { whose } from './handlers/whose.ts';
import { beside, withBeside } from './look-up.ts';

export type TagAnswer = ResponseOf<'listTags'>;

/** Rows with their tags: one query for all of them. */
export async function withTags<R extends { readonly id: string }>(
  db: Database,
  rows: readonly R[],
): Promise<(R & { readonly resource_tags: readonly TagAnswer[] })[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const tags = Map.groupBy(await tagsOf(db, ids), (tag) => tag.resourceid);
  return rows.map((row) => ({ ...row, resource_tags: tags.get(row.id) ?? [] }));
}

async function tagsOf(db: Database, ids: readonly string[]) {
  const found = await sql<Selectable<Tables['resource_tag']>>`select tag.* from unnest(${ids}::uuid[]) as thing (id)
    cross join lateral (select * from resource_tag where resource_id = thing.id order by key offset 0) tag`.execute(db);
  const rows = await withBeside(db, found.rows, {
    account_id: beside('account', { account: 'name' }),
    domain_id: beside('domain', { domain: 'name', path: 'path' }),
    project_id: beside('project', { project: 'name' }),
  });
  return rows.map(
    ({ key, value, customer, resource_type, resource_id, domain_id, domain, path, account, project_id, project }) => {
      const tag = { key, value, customer, resourcetype: resource_type, resourceid: resource_id, domainid: domain_id, domain };
      return tagResponse({ ...tag, path, account, project_id, project });
    },
  );
}

/** Of a query of tags that joins their account, domain and project. */
export const tagColumns = [
  'resource_tag.key',
  'resource_tag.value',
  'resource_tag.customer',
  'resource_tag.resource_type as resourcetype',
  'resource_tag.resource_id as resourceid',
  'resource_tag.domain_id as domainid',
  'domain.name as domain',
  'domain.path',
  'account.name as account',
  'resource_tag.project_id',
  'project.name as project',
] as const;

type TagRow = Parameters<typeof whose>[0] & { readonly path: string };

export const tagResponse = <R extends TagRow>({ path, account, project_id, project, ...row }: R) => ({
  ...row,
  ...whose({ account, project_id, project }),
  domainpath: displayPath(path),
});

/** A tag as those see it who do not know whose the thing is. */
export const withoutOwner = ({ key, value, customer, resourcetype, resourceid }: TagAnswer): TagAnswer => ({
  key,
  value,
  customer,
  resourcetype,
  resourceid,
});
