import { sql } from 'kysely';
import type { Database } from '../db/database.ts';

/** What an account or a domain has. Memory in MiB, storage in GiB. */
export type Usage = {
  readonly machines: number;
  readonly running: number;
  readonly cpus: number;
  readonly memory: number;
  readonly volumes: number;
  readonly primaryStorage: number;
  readonly templates: number;
  readonly secondaryStorage: number;
  readonly networks: number;
};

export const emptyUsage: Usage = {
  machines: 0,
  running: 0,
  cpus: 0,
  memory: 0,
  volumes: 0,
  primaryStorage: 0,
  templates: 0,
  secondaryStorage: 0,
  networks: 0,
};

const gib = 1_073_741_824;

/** What is counted of each table. */
const figures = {
  virtual_machine: `count(*)::int machines, (count(*) filter (where state = 'Running'))::int running, sum(cpu_number)::int cpus,
    sum(memory_mb)::float8 memory`,
  volume: `count(*)::int volumes, (sum(size_bytes) / ${gib}.0)::float8 "primaryStorage"`,
  template: `count(*)::int templates, (coalesce(sum(size_bytes), 0) / ${gib}.0)::float8 "secondaryStorage"`,
  network: 'count(*)::int networks',
} as const;

/** By owner; who has nothing is not in it. */
export async function usageOf(
  db: Database,
  owner: 'account_id' | 'domain_id',
  ids: readonly string[],
): Promise<ReadonlyMap<string, Usage>> {
  const count = async ([table, columns]: [string, string]) =>
    (
      await sql<{ owner: string } & Partial<Usage>>`
        select ${sql.ref(owner)} as owner, ${sql.raw(columns)} from ${sql.table(table)}
        where ${sql.ref(owner)} = any(${ids}::uuid[]) and removed is null group by 1`.execute(db)
    ).rows;
  const found = new Map<string, Usage>();
  for (const { owner: id, ...part } of (await Promise.all(Object.entries(figures).map(count))).flat())
    found.set(id, { ...(found.get(id) ?? emptyUsage), ...part });
  return found;
}

const unlimited = 'Unlimited';
const kinds = [
  'vm',
  'ip',
  'volume',
  'snapshot',
  'template',
  'project',
  'network',
  'vpc',
  'cpu',
  'memory',
  'primarystorage',
  'secondarystorage',
] as const;
type Kind = (typeof kinds)[number];
type Limits = { readonly [K in Kind as `${K}limit` | `${K}available`]: string } & { readonly [K in Kind as `${K}total`]: number };

/** The figures of listAccounts and listDomains; this version sets no limits. */
export function noLimits(usage: Usage): Limits {
  const totals: Partial<Record<Kind, number>> = {
    vm: usage.machines,
    volume: usage.volumes,
    template: usage.templates,
    network: usage.networks,
    cpu: usage.cpus,
    memory: usage.memory,
    primarystorage: Math.round(usage.primaryStorage),
    secondarystorage: usage.secondaryStorage,
  };
  const fields = kinds.flatMap((kind) => [
    [`${kind}limit`, unlimited],
    [`${kind}total`, totals[kind] ?? 0],
    [`${kind}available`, unlimited],
  ]);
  return Object.fromEntries(fields) as Limits;
}
