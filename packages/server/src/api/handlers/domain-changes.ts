import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { requireAbove, standingsOf } from '../../accounts/above.ts';
import { endSessionsBelow } from '../../accounts/sessions.ts';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { waitingLane } from '../../orchestration/child-jobs.ts';
import { containing, having } from '../conditions.ts';
import type { Context, Handlers } from '../handler.ts';
import { requireProjectsLookedAfter } from './acting-on.ts';
import { shownDomains } from './domains.ts';
import { domainAnswer } from './identity-answers.ts';
import { checkName, chosenId, type DomainRow, lockedDomain, lockTree, networkDomain } from './identity-checks.ts';
import { refuse, whereTaken, words } from './rows.ts';

export const domainChanges = {
  createDomain: async (context, params) => {
    const { db, caller } = context;
    await lockTree(db);
    const parent = await lockedDomain(db, params.parentdomainid ?? caller.domainId);
    await requireFreeName(db, parent, params.name);
    const id = chosenId(caller, 'domainid', params.domainid) ?? randomUUID();
    const place = { parent_id: parent.id, path: `${parent.path}${params.name}/`, level: parent.level + 1 };
    await db
      .insertInto('domain')
      .values({ id, name: params.name, ...place, network_domain: networkDomain(params.networkdomain) ?? null })
      .execute()
      .catch(whereTaken(`domainid=${params.domainid} is the id of a domain already.`));
    return domainAnswer(context, id);
  },

  updateDomain: async (context, { id, name, networkdomain }) => {
    const { db } = context;
    const domain = await domainActedOn(context, id, 'changed');
    if (name !== undefined && name !== domain.name) {
      const parent = await lockedDomain(db, domain.parent_id!);
      await requireFreeName(db, parent, name, id);
      await db.updateTable('domain').set({ name }).where('id', '=', id).execute();
      await relocate(db, domain, `${parent.path}${name}/`, 0);
    }
    const network_domain = networkDomain(networkdomain);
    if (network_domain !== undefined) await db.updateTable('domain').set({ network_domain }).where('id', '=', id).execute();
    return domainAnswer(context, id);
  },

  moveDomain: async (context, { domainid, parentdomainid }) => {
    const { db } = context;
    const domain = await domainActedOn(context, domainid, 'moved');
    const parent = await lockedDomain(db, parentdomainid);
    if (parent.path.startsWith(domain.path))
      refuse(`The domain ${parent.name} is ${domain.name} itself or below it: a domain is not put below itself.`);
    if (domain.parent_id === parent.id) refuse(`The domain ${domain.name} is below ${parent.name} already.`);
    await requireFreeName(db, parent, domain.name);
    await db.updateTable('domain').set({ parent_id: parent.id }).where('id', '=', domain.id).execute();
    await relocate(db, domain, `${parent.path}${domain.name}/`, parent.level + 1 - domain.level);
    return domainAnswer(context, domain.id);
  },

  deleteDomain: async (context, { id, cleanup }) => {
    const { db } = context;
    const domain = await domainActedOn(context, id, 'deleted');
    if (!cleanup) await refuseWhileFull(db, domain);
    const below = sql<boolean>`m.account_id in (select a.id from account a join domain d on d.id = a.domain_id where starts_with(d.path, ${domain.path}))`;
    await requireProjectsLookedAfter(db, below, domain.path);
    await sql`update domain set state = 'Inactive' where starts_with(path, ${domain.path}) and removed is null`.execute(db);
    await endSessionsBelow(db, domain.path);
    return { saga: 'delete-domain', state: { domainId: id }, subject: waitingLane(id), instance: { type: 'Domain', id } };
  },

  listDomainChildren: (context, params) => {
    const { db, caller } = context;
    const above = params.id ?? caller.domainId;
    const everyOne = params.isrecursive || (params.listall && params.id === undefined);
    const below = everyOne
      ? sql<boolean>`starts_with(domain.path, (select path from domain where id = ${above})) and domain.id <> ${above}`
      : sql<boolean>`domain.parent_id = ${above}`;
    const found = db
      .selectFrom('domain')
      .where('domain.removed', 'is', null)
      .where(sql<boolean>`(${below})`)
      .where(having({ 'domain.name': params.name }))
      .where(containing(params.keyword, 'domain.name'));
    const { id: _, ...rest } = params;
    return shownDomains(context, rest, found);
  },
} satisfies Handlers<'createDomain' | 'updateDomain' | 'moveDomain' | 'deleteDomain' | 'listDomainChildren'>;

/** The domain (locked), when the caller is above it and above everybody in it. @throws {CloudError} */
async function domainActedOn({ db, caller }: Context, id: string, done: string): Promise<DomainRow> {
  await lockTree(db);
  const domain = await db
    .selectFrom('domain')
    .select(['id', 'name', 'path', 'level', 'parent_id'])
    .where('id', '=', id)
    .where('removed', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!domain) return refuse(`The domain ${id} is gone: somebody deleted it just now.`);
  if (domain.parent_id === null) throw new CloudError('account', `ROOT cannot be ${done}: everything is in it.`);
  if (caller.domainPath.startsWith(domain.path))
    throw new CloudError(
      'account',
      `The domain ${domain.name} cannot be ${done} by somebody who is in it: ask an admin above it.`,
    );
  for (const standing of await standingsOf(db, sql<boolean>`starts_with(domain.path, ${domain.path})`))
    requireAbove(caller, standing, `the domain ${domain.name}, for somebody is in it whom you are not above`);
  return domain;
}

/** @throws {CloudError} `parameter`: it is no name, or a domain below the (locked) parent has it, in whatever letters. */
async function requireFreeName(db: Database, parent: DomainRow, name: string, besides?: string): Promise<void> {
  checkName('domain', name);
  // Log-ins may name a domain by a path that begins with ROOT.
  if (parent.parent_id === null && name.toUpperCase() === 'ROOT') refuse('A domain below ROOT is not called ROOT.');
  const { rows } = await sql`
    select id from domain where parent_id = ${parent.id} and lower(name) = lower(${name}) and removed is null
      and id is distinct from ${besides ?? null} limit 1`.execute(db);
  if (rows.length > 0) refuse(`There is already a domain ${name} below ${parent.name}.`);
}

/** The paths of a domain and of all below it begin otherwise from now on. */
async function relocate(db: Database, { path }: DomainRow, to: string, levels: number): Promise<void> {
  await sql`
    update domain set path = ${to} || substr(path, length(${path}::text) + 1), level = level + ${levels}
    where starts_with(path, ${path}) and removed is null`.execute(db);
}

/** @throws {CloudError} `in-use`: what is in it. */
async function refuseWhileFull(db: Database, { id, name }: DomainRow): Promise<void> {
  const { rows } = await sql<{ domains: number; accounts: number; projects: number }>`
    select (select count(*) from domain where parent_id = ${id} and removed is null)::int as domains,
      (select count(*) from account where domain_id = ${id} and role_type <> 'Project' and removed is null)::int as accounts,
      (select count(*) from project where domain_id = ${id} and removed is null)::int as projects`.execute(db);
  const full = Object.entries(rows[0]!).filter(([, n]) => n > 0);
  if (full.length > 0)
    throw new CloudError(
      'in-use',
      `The domain ${name} is not empty: it has ${words(full.map(([kind, n]) => `${n} ${n === 1 ? kind.slice(0, -1) : kind}`))}. Delete them first, or delete it with cleanup=true, and they are deleted with all that they own.`,
    );
}
