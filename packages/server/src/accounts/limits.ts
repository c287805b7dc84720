import { countedResources, type ResourceName, unlimited } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { type Limited, limitSetting } from './limit-settings.ts';
import type { Settings } from './settings.ts';

/** How much of each resource may be had, in the API's units (MiB, GiB); -1 is without limit. */
export type Limits = Readonly<Record<ResourceName, number>>;

const each = (most: (name: ResourceName) => number): Limits =>
  Object.fromEntries(countedResources.map(({ name }) => [name, most(name)])) as Limits;
const none = each(() => unlimited);

/** Whether anything is limited. */
export const isLimited = (limits: Limits): boolean => Object.values(limits).some((most) => most >= 0);

/** What may be had where no limit is set. */
async function defaultLimits(settings: Settings, whose: Limited): Promise<Limits> {
  const values = await Promise.all(
    countedResources.map(async (resource) => [resource.name, await settings.number(limitSetting(whose, resource))] as const),
  );
  return Object.fromEntries(values) as Limits;
}

type Account = { readonly id: string; readonly role_type: string };

/** Of accounts: what is set for each, else the default of its kind; admins' are without limit unless one is set. */
export async function limitsOfAccounts(
  db: Database,
  settings: Settings,
  accounts: readonly Account[],
): Promise<ReadonlyMap<string, Limits>> {
  const ids = accounts.map(({ id }) => id);
  const [own, ofAccounts, ofProjects] = await Promise.all([
    setLimits(db, 'account_id', ids),
    defaultLimits(settings, 'account'),
    defaultLimits(settings, 'project'),
  ]);
  const byDefault = (role: string): Limits => (role === 'Admin' ? none : role === 'Project' ? ofProjects : ofAccounts);
  return new Map(accounts.map(({ id, role_type }) => [id, { ...byDefault(role_type), ...own.get(id) }]));
}

export type Domain = { readonly id: string; readonly path: string };

/** Of domains: what is set for each, or for the nearest domain around it, else the default. ROOT has none unless one is set. */
export async function limitsOfDomains(
  db: Database,
  settings: Settings,
  domains: readonly Domain[],
): Promise<ReadonlyMap<string, Limits>> {
  const above = await domainsAround(
    db,
    domains.map(({ path }) => path),
  );
  const [own, byDefault] = await Promise.all([
    setLimits(
      db,
      'domain_id',
      above.map(({ id }) => id),
    ),
    defaultLimits(settings, 'domain'),
  ]);
  const idAt = new Map(above.map(({ id, path }) => [path, id]));
  return new Map(
    domains.map(({ id, path }) => {
      const set = pathsAround(path).flatMap((at) => own.get(idAt.get(at) ?? '') ?? []);
      return [id, Object.assign({}, path === '/' ? none : byDefault, ...set) as Limits];
    }),
  );
}

/** A domain's path and those of all domains around it, from ROOT: `/a/b/` → `/`, `/a/`, `/a/b/`. */
export const pathsAround = (path: string): readonly string[] =>
  [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index + 1));

/** The domains of these paths and all around them. */
export const domainsAround = (db: Database, paths: readonly string[]): Promise<Domain[]> =>
  db
    .selectFrom('domain')
    .select(['id', 'path'])
    .where('path', '=', sql<string>`any(${[...new Set(paths.flatMap(pathsAround))]})`)
    .where('removed', 'is', null)
    .execute();

/** The limits that are set, by whose they are. */
export async function setLimits(
  db: Database,
  owner: 'account_id' | 'domain_id',
  ids: readonly string[],
): Promise<ReadonlyMap<string, Partial<Limits>>> {
  const rows = await db
    .selectFrom('resource_limit')
    .select([owner, 'resource', 'most'])
    .where(owner, '=', sql<string>`any(${ids}::uuid[])`)
    .execute();
  const by = Map.groupBy(rows, (row) => row[owner]!);
  return new Map([...by].map(([id, set]) => [id, Object.fromEntries(set.map(({ resource, most }) => [resource, most]))]));
}
