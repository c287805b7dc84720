import type { ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { type Limits, limitsOfAccounts } from '../../accounts/limits.ts';
import { figures, noUsage, type Usage, usageOfAccounts } from '../../accounts/usage.ts';
import type { Database } from '../../db/database.ts';
import type { Context } from '../handler.ts';
import { type TagAnswer, withTags } from '../tags.ts';

type Answer = ResponseOf<'listProjects'>;

/** The projects of these ids, in that order: one query, and one for what they have. */
export async function projectResponses(
  { db, settings }: Pick<Context, 'db' | 'settings'>,
  ids: readonly string[],
): Promise<Answer[]> {
  if (ids.length === 0) return [];
  const rows = await withTags(db, await projectRows(db, ids));
  const owners = rows.map(({ account_id }) => ({ id: account_id, role_type: 'Project' }));
  const usage = await usageOfAccounts(
    db,
    owners.map(({ id }) => id),
  );
  const limits = await limitsOfAccounts(db, settings, owners);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row ? [answer(row, usage.get(row.account_id) ?? noUsage, limits.get(row.account_id)!)] : [];
  });
}

type Admins = readonly Readonly<Record<string, string>>[];
const admins = sql<Admins>`(select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('account', a.name, 'userid', u.id, 'user', u.username))
    order by m.created, m.id), '[]')
  from project_member m join account a on a.id = m.account_id left join users u on u.id = m.user_id
  where m.project_id = project.id and m.role = 'Admin')`;

const projectRows = (db: Database, ids: readonly string[]) =>
  db
    .selectFrom('project')
    .innerJoin('domain', 'domain.id', 'project.domain_id')
    .innerJoin('account', 'account.id', 'project.account_id')
    .selectAll('project')
    .select(['domain.name as domain', 'account.name as account', admins.as('admins')])
    .where('project.id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute();
type Row = Awaited<ReturnType<typeof projectRows>>[number] & { readonly resource_tags: readonly TagAnswer[] };

const answer = (row: Row, usage: Usage, limits: Limits): Answer => ({
  id: row.id,
  name: row.name,
  displaytext: row.display_text,
  state: row.state,
  domainid: row.domain_id,
  domain: row.domain,
  projectaccountname: row.account,
  owner: row.admins,
  vmrunning: usage.running,
  vmstopped: usage.user_vm - usage.running,
  tags: row.resource_tags,
  created: row.created,
  ...figures(usage, limits),
});
