import { bytesPerUnit, type CountedResource, countedResources, type ResourceName } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { type Domain, type Limits, pathsAround } from './limits.ts';

/** What an account, or a domain with all that is below it, has: memory in MiB, storage in bytes. */
export type Usage = Readonly<Record<ResourceName | 'running', number>>;

const counts = ['running', ...countedResources.map(({ name }) => name)] as const;
export const noUsage = Object.fromEntries(counts.map((name) => [name, 0])) as Usage;

/** Of accounts, as kept beside them. */
export async function usageOfAccounts(db: Database, ids: readonly string[]): Promise<ReadonlyMap<string, Usage>> {
  const rows = await db
    .selectFrom('account_usage')
    .selectAll()
    .where('account_id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute();
  return new Map(rows.map((row) => [row.account_id, row]));
}

/** Of domains: everybody's in them and below them. One pass over the counts, however many domains are asked for. */
export async function usageOfDomains(db: Database, domains: readonly Domain[]): Promise<ReadonlyMap<string, Usage>> {
  const totals = new Map(domains.map(({ path }) => [path, { ...noUsage } as Record<keyof Usage, number>]));
  const sums = counts.map((name) => sql`sum(${sql.ref(`u.${name}`)})::bigint as ${sql.ref(name)}`);
  const { rows } = await sql<Usage & { path: string }>`
    select d.path, ${sql.join(sums)} from account_usage u join domain d on d.id = u.domain_id
    where ${inside([...totals.keys()])} group by d.id`.execute(db);
  for (const row of rows)
    for (const total of pathsAround(row.path).flatMap((path) => totals.get(path) ?? []))
      for (const name of counts) total[name] += row[name];
  return new Map(domains.map(({ id, path }) => [id, totals.get(path)!]));
}

/** Whether a domain `d` is one of these or below. */
const inside = (paths: readonly string[]): RawBuilder<boolean> =>
  paths.includes('/')
    ? sql<boolean>`true`
    : sql<boolean>`exists (select from unnest(${paths}::text[]) as top where starts_with(d.path, top))`;

type Field = CountedResource['field'];
type Figures = { readonly [F in Field as `${F}limit` | `${F}available`]: string } & {
  readonly [F in Field as `${F}total`]: number;
};
const text = (amount: number): string => (amount < 0 ? 'Unlimited' : String(amount));

/** The figures of accounts, projects and domains: of each resource the limit, how much there is, and how much is left. */
export function figures(usage: Usage, limits: Limits): Figures {
  const fields = countedResources.flatMap(({ name, field }) => {
    const [limit, used] = [limits[name], usage[name] / bytesPerUnit(name)];
    const left = limit < 0 ? limit : Math.max(0, Math.floor(limit - used));
    return [
      [`${field}limit`, text(limit)],
      [`${field}total`, name === 'secondary_storage' ? used : Math.round(used)],
      [`${field}available`, text(left)],
    ];
  });
  return Object.fromEntries(fields) as Figures;
}
