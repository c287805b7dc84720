import { bytesPerUnit, countedResource, type ResourceName } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Caller } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { displayPath } from './display-path.ts';
import { type Domain, domainsAround, type Limits, limitsOfAccounts, limitsOfDomains } from './limits.ts';
import type { Settings } from './settings.ts';

/** What a transaction adds; units are those of the counts (MiB, bytes). */
type Growth = { readonly accountId: string; readonly resource: ResourceName; readonly amount: number };
type Amounts = Readonly<Record<ResourceName, number>>;
type Asking = {
  readonly db: Database;
  readonly settings: Settings;
  /** Whom a refusal is told to; a job's may be read by anybody whose it is. */
  readonly caller?: Caller;
};

/**
 * Looks, at the end of a transaction, at the limits of whoever has more than before: accounts, projects, and the domains around them. Nobody else
 * changes the counts that it looked at before the transaction has ended.
 * @throws {CloudError} `resource-limit`: more is wanted than may be had.
 */
export async function enforceLimits(asking: Asking): Promise<void> {
  const growth = await growthIn(asking.db);
  if (growth.length === 0) return;
  const accounts = await accountsOf(asking.db, [...new Set(growth.map(({ accountId }) => accountId))]);
  await enforceAccounts(asking, growth, accounts);
  await enforceDomains(asking, growth, accounts);
}

/** What the counting triggers have noted in this transaction, what was given back subtracted. */
async function growthIn(db: Database): Promise<Growth[]> {
  await sql`set constraints all immediate`.execute(db);
  const { rows } = await sql<{ notes: string | null }>`select current_setting('virtstack.grown', true) as notes`.execute(db);
  const net = new Map<string, number>();
  for (const note of rows[0]?.notes?.split(',') ?? []) {
    const [accountId, resource, amount] = note.split(':');
    const key = `${accountId}:${resource}`;
    net.set(key, (net.get(key) ?? 0) + Number(amount));
  }
  return [...net].flatMap(([key, amount]) => {
    const [accountId, name] = key.split(':') as [string, string];
    const resource = countedResource(name)?.name;
    return resource && amount > 0 ? [{ accountId, resource, amount }] : [];
  });
}

const accountsOf = (db: Database, ids: readonly string[]) =>
  db
    .selectFrom('account as a')
    .innerJoin('domain as d', 'd.id', 'a.domain_id')
    .innerJoin('account_usage as u', 'u.account_id', 'a.id')
    .leftJoin('project as p', 'p.account_id', 'a.id')
    .selectAll('u')
    .select(['a.id', 'a.name', 'a.role_type', 'd.path', 'p.name as projectName'])
    .where('a.id', '=', sql<string>`any(${ids}::uuid[])`)
    .execute();
type Account = Awaited<ReturnType<typeof accountsOf>>[number];

/** Their counts are locked since they changed. */
async function enforceAccounts({ db, settings }: Asking, growth: readonly Growth[], accounts: readonly Account[]): Promise<void> {
  const limits = await limitsOfAccounts(db, settings, accounts);
  for (const account of accounts) {
    const whose = account.projectName === null ? `account ${account.name}` : `project ${account.projectName}`;
    const over = exceeded(
      growth.filter(({ accountId }) => accountId === account.id),
      limits.get(account.id)!,
      account,
    );
    if (over) throw refusal(over, { whose, raisedBy: account.path });
  }
}

/** Those that have a limit are locked from the outermost to the innermost, and counted then: of two that come at once the second sees the first. */
async function enforceDomains(
  { db, settings, caller }: Asking,
  growth: readonly Growth[],
  accounts: readonly Account[],
): Promise<void> {
  const around = await domainsAround(
    db,
    accounts.map(({ path }) => path),
  );
  const limits = await limitsOfDomains(db, settings, around);
  const within = ({ path }: Domain): Growth[] => {
    const inside = new Set(accounts.filter((account) => account.path.startsWith(path)).map(({ id }) => id));
    return growth.filter(({ accountId }) => inside.has(accountId));
  };
  const limited = around.filter((domain) => within(domain).some(({ resource }) => limits.get(domain.id)![resource] >= 0));
  if (limited.length === 0) return;
  const ids = limited.map(({ id }) => id);
  await sql`select from domain where id = any(${ids}::uuid[]) order by path for no key update`.execute(db);
  const used = await usedInDomains(db, ids, [...new Set(growth.map(({ resource }) => resource))]);
  for (const domain of limited.toSorted((a, b) => a.path.length - b.path.length)) {
    const over = exceeded(summed(within(domain)), limits.get(domain.id)!, used.get(domain.id)!);
    if (over)
      throw refusal(over, {
        whose: `domain ${displayPath(domain.path)}`,
        raisedBy: parentOf(domain.path),
        secret: !mayKnow(caller, domain),
      });
  }
}

const parentOf = (path: string): string => path.replace(/[^/]+\/$/, '');

/** What others in a domain have is for its admins to know. */
const mayKnow = (caller: Caller | undefined, { path }: Domain): boolean =>
  caller !== undefined && caller.role !== 'User' && path.startsWith(caller.domainPath);

async function usedInDomains(
  db: Database,
  ids: readonly string[],
  resources: readonly ResourceName[],
): Promise<ReadonlyMap<string, Amounts>> {
  const sums = resources.map((name) => sql`sum(${sql.ref(`u.${name}`)})::bigint as ${sql.ref(name)}`);
  const { rows } = await sql<Amounts & { id: string }>`
    select d.id, ${sql.join(sums)} from domain d join domain below on starts_with(below.path, d.path)
      join account_usage u on u.domain_id = below.id
    where d.id = any(${ids}::uuid[]) group by d.id`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

const summed = (growth: readonly Growth[]): Growth[] =>
  [...Map.groupBy(growth, ({ resource }) => resource).values()].map((of) => ({
    ...of[0]!,
    amount: of.reduce((sum, { amount }) => sum + amount, 0),
  }));

type Exceeded = { readonly resource: ResourceName; readonly limit: number; readonly used: number; readonly wanted: number };

/** The first resource of which there is more now than may be; `used` is what there was before, in the limits' units like the others. */
function exceeded(growth: readonly Growth[], limits: Limits, now: Amounts): Exceeded | undefined {
  return growth
    .map(({ resource, amount }) => {
      const unit = bytesPerUnit(resource);
      return { resource, limit: limits[resource], used: (now[resource] - amount) / unit, wanted: amount / unit };
    })
    .find(({ limit, used, wanted }) => limit >= 0 && used + wanted > limit);
}

function refusal(
  { resource, limit, used, wanted }: Exceeded,
  { whose, raisedBy, secret = false }: { readonly whose: string; readonly raisedBy: string; readonly secret?: boolean },
): CloudError {
  const { name, words } = countedResource(resource)!;
  const figures = `limit ${limit}, ${secret ? '' : `in use ${rounded(used)}, `}wanted ${rounded(wanted)}`;
  return new CloudError(
    'resource-limit',
    `Maximum amount of resources of type '${name}' (${words}) for ${whose} is exceeded: ${figures}. Give some back, or ask an administrator of ${displayPath(raisedBy)} to raise the limit (updateResourceLimit).`,
  );
}

const rounded = (amount: number): string => String(Math.round(amount * 100) / 100);
