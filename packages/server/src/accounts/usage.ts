import { bytesPerUnit, type CountedResource, countedResources, type ResourceName } from '@virtstack/contract';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';
import { type Domain, type Limits, pathsAround } from './limits.ts';

/** What an account, or a domain with all that is below it, has: memory in MiB, storage in bytes. */
export type Usage = Readonly<Record<ResourceName | 'running', number>>;

const counts = ['running', ...countedResources.map(({ name }) => name)] as const;
export const noUsage = Object.fromEntries(counts.map((name) => [name, 0])) as Usage;

/** Of accounts, as kept beside them. */
export async function usageOfAccounts(db: Database, ids: readonly string[]): Promise<ReadonlyMap<string, Usage>> {
  const { rows } = await sql<Selectable<Tables['account_usage']>>`select u.* from unnest(${ids}::uuid[]) as account (id)
    cross join lateral (select * from account_usage where account_id = account.id offset 0) u`.execute(db);
  return new Map(rows.map((row) => [row.account_id, row]));
}

/** Of domains: everybody's in them and below them. One pass over the domains, however many are asked for and whatever accounts are in them. */
export async function usageOfDomains(db: Database, domains: readonly Domain[]): Promise<ReadonlyMap<string, Usage>> {
  const totals = new Map(domains.map(({ path }) => [path, { ...noUsage } as Record<keyof Usage, number>]));
  const amounts = counts.map((name) => sql.ref(`u.${name}`));
  const { rows } = await sql<Usage & { path: string }>`
    with recursive inside (id, path) as (${totals.has('/') ? sql`select id, path from domain where removed is null` : within(domains)})
    select inside.path, ${sql.join(amounts)} from account_usage_tally u join inside on inside.id = u.domain_id`.execute(db);
  for (const row of rows)
    for (const total of pathsAround(row.path).flatMap((path) => totals.get(path) ?? []))
      for (const name of counts) total[name] += row[name];
  return new Map(domains.map(({ id, path }) => [id, totals.get(path)!]));
}

/** These domains and all below them, each once. */
function within(domains: readonly Domain[]): RawBuilder<unknown> {
  const paths = new Set(domains.map(({ path }) => path));
  const outermost = domains.filter(({ path }) => !pathsAround(path).some((around) => around !== path && paths.has(around)));
  return sql`select id, path from domain where id = any(${outermost.map(({ id }) => id)}::uuid[])
    union all select below.id, below.path from domain below join inside on below.parent_id = inside.id and below.removed is null`;
}

type Field = CountedResource['field'];
type Figures = { readonly [F in Field as `${F}limit` | `${F}available`]: string } & {
  readonly [F in Field as `${F}total`]: number;
};
const text = (amount: number): string => (amount < 0 ? 'Unlimited' : String(amount));

/** The figures of accounts, projects and domains: of each resource the limit, how much there is, and how much is left. */
export function figures(usage: Usage, limits: Limits): Figures {
  const told: Record<string, string | number> = {};
  for (const { name, field } of countedResources) {
    const [limit, used] = [limits[name], usage[name] / bytesPerUnit(name)];
    told[`${field}limit`] = text(limit);
    told[`${field}total`] = name === 'secondary_storage' ? used : Math.round(used);
    told[`${field}available`] = text(limit < 0 ? limit : Math.max(0, Math.floor(limit - used)));
  }
  return told as Figures;
}
