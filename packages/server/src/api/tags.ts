import type { ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { displayPath } from '../accounts/display-path.ts';
import type { Database } from '../db/database.ts';
import { whose } from './handlers/whose.ts';

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
  const rows = await db
    .selectFrom('resource_tag')
    .innerJoin('account', 'account.id', 'resource_tag.account_id')
    .innerJoin('domain', 'domain.id', 'resource_tag.domain_id')
    .leftJoin('project', 'project.id', 'resource_tag.project_id')
    .select(tagColumns)
    .where('resource_id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('key')
    .execute();
  return rows.map(tagResponse);
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
