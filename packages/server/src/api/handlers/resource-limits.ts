import {
  type CountedResource,
  countedResource,
  countedResources,
  type ParamsOf,
  type ResponseOf,
  unlimited,
} from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import { displayPath } from '../../accounts/display-path.ts';
import { accountOwners, domainOwners, type LimitOwner, namedAccount, type OwnerParams } from '../../accounts/limit-owner.ts';
import { type Limits, limitsOfAccounts, limitsOfDomains } from '../../accounts/limits.ts';
import { recount } from '../../accounts/recount.ts';
import { outranks } from '../../accounts/roles.ts';
import { usageOfAccounts, usageOfDomains } from '../../accounts/usage.ts';
import { CloudError } from '../../error.ts';
import type { Context, Handlers } from '../handler.ts';
import { pageOf } from '../page.ts';
import { refuse } from './rows.ts';

export const resourceLimits = {
  async listResourceLimits(context, params) {
    const { offset, limit } = await pageOf(context, params);
    const owners = await ownersAsked(context, params);
    const limits = await limitsOf(context, owners);
    const resources = resourcesAsked(params);
    const items = owners.flatMap((owner, index) => resources.map((resource) => limitAnswer(owner, resource, limits[index]!)));
    return { count: items.length, items: items.slice(offset, limit && offset + limit) };
  },

  async updateResourceLimit(context, params) {
    const owner = await ownerNamed(context, params);
    const resource = countedResource(params.resourcetype)!;
    const most = params.max ?? unlimited;
    refuseHimself(context, owner);
    await refuseMoreThanAround(context, owner, { resource, most });
    await context.db
      .insertInto('resource_limit')
      .values({
        ...(owner.account ? { account_id: owner.account.id } : { domain_id: owner.domain.id }),
        resource: resource.name,
        most,
      })
      .onConflict((conflict) => conflict.columns(['account_id', 'domain_id', 'resource']).doUpdateSet({ most }))
      .execute();
    return limitAnswer(owner, resource, { [resource.name]: most } as Limits);
  },

  async updateResourceCount(context, params) {
    const { db } = context;
    const owner = await ownerNamed(context, params);
    const { account, domain } = owner;
    await recount(db, account ? [{ ...owner, account }] : await accountOwners(context, below(domain.path)));
    const usage = account
      ? (await usageOfAccounts(db, [account.id])).get(account.id)!
      : (await usageOfDomains(db, [domain])).get(domain.id)!;
    return resourcesAsked(params).map((resource) => ({ ...about(owner, resource), resourcecount: usage[resource.name] }));
  },
} satisfies Handlers<'listResourceLimits' | 'updateResourceLimit' | 'updateResourceCount'>;

/** Of which resources: those of a number or a name, else all. @throws {CloudError} `parameter`: there is none of that name. */
function resourcesAsked({
  resourcetype,
  resourcetypename,
}: {
  readonly resourcetype?: number | undefined;
  readonly resourcetypename?: string | undefined;
}): readonly CountedResource[] {
  const asked = resourcetype ?? resourcetypename?.toLowerCase();
  if (asked === undefined) return countedResources;
  const names = countedResources.map(({ name }) => name).join(', ');
  return [countedResource(asked) ?? refuse(`There is no resource ${asked}; resourcetypename is one of ${names}.`)];
}

/** As CloudStack has it: whose limits the parameters name; with `listall` and `isrecursive` the domains below, too. A user sees his own. */
async function ownersAsked(context: Context, params: ParamsOf<'listResourceLimits'>): Promise<readonly LimitOwner[]> {
  const { caller } = context;
  const { account, domainid, isrecursive, listall } = params;
  const projectid = params.projectid === '-1' ? undefined : params.projectid;
  if (projectid !== undefined || account !== undefined) return [await namedAccount(context, { account, domainid, projectid })];
  const own = () => accountOwners(context, sql<boolean>`account.id = ${caller.accountId}`);
  if (caller.role === 'User' || (domainid === undefined && !listall)) return own();
  if (domainid === undefined) return [...(await own()), ...(await domainOwners(context, below(caller.domainPath)))];
  const [domain] = await domainOwners(context, sql<boolean>`domain.id = ${domainid}`);
  return isrecursive || listall ? domainOwners(context, below(domain!.domain.path)) : [domain!];
}

const below = (path: string): RawBuilder<boolean> => sql<boolean>`starts_with(domain.path, ${path})`;

/** The account, the project or the domain that is to be changed: one that the caller is in charge of. @throws {CloudError} */
async function ownerNamed(context: Context, params: OwnerParams): Promise<LimitOwner> {
  const { account, domainid, projectid } = params;
  if (account === undefined && projectid === undefined && domainid === undefined)
    refuse('Whose limit? Give domainid, account and domainid, or projectid.');
  const owner =
    account !== undefined || projectid !== undefined
      ? await namedAccount(context, params)
      : (await domainOwners(context, sql<boolean>`domain.id = ${domainid}`))[0]!;
  if (!owner.domain.path.startsWith(context.caller.domainPath))
    throw new CloudError('account', 'You are not in charge of the domain that it is in.');
  return owner;
}

/** Admins of the installation alone set what they may have themselves. @throws {CloudError} */
function refuseHimself({ caller }: Context, { account, domain, project }: LimitOwner): void {
  if (caller.role === 'Admin') return;
  const himself = account ? account.id === caller.accountId : domain.id === caller.domainId;
  if (himself)
    throw new CloudError('account', 'Your own limits, and those of your own domain, are set by an administrator above it.');
  if (account && !project && !outranks(caller.role, account.role_type as typeof caller.role))
    throw new CloudError('account', `You may not act on the account ${account.name}: it may do more than you.`);
}

type Wanted = { readonly resource: CountedResource; readonly most: number };

/** No domain gets more than the one around it; nor does a domain's admin give more than his own may have. @throws {CloudError} */
async function refuseMoreThanAround(
  { db, settings, caller }: Context,
  { account, domain }: LimitOwner,
  { resource, most }: Wanted,
): Promise<void> {
  if (caller.role === 'Admin' && (account || most < 0)) return;
  const path = account ? domain.path : domain.path.replace(/[^/]+\/$/, '');
  const [around] = await domainOwners({ db }, sql<boolean>`domain.path = ${path}`);
  const limits = await limitsOfDomains(db, settings, [around!.domain]);
  const limit = limits.get(around!.domain.id)![resource.name];
  if (limit >= 0 && (most < 0 || most > limit))
    refuse(`${most < 0 ? 'No limit' : most} is more than the domain ${displayPath(path)} may have: ${limit} ${resource.words}.`);
}

async function limitsOf({ db, settings }: Context, owners: readonly LimitOwner[]): Promise<readonly Limits[]> {
  const accounts = await limitsOfAccounts(
    db,
    settings,
    owners.flatMap(({ account }) => account ?? []),
  );
  const domains = await limitsOfDomains(
    db,
    settings,
    owners.flatMap(({ account, domain }) => (account ? [] : domain)),
  );
  return owners.map(({ account, domain }) => (account ? accounts.get(account.id) : domains.get(domain.id))!);
}

const limitAnswer = (owner: LimitOwner, resource: CountedResource, limits: Limits): ResponseOf<'listResourceLimits'> => ({
  ...about(owner, resource),
  max: limits[resource.name],
});

const about = ({ account, project, domain }: LimitOwner, { number, name }: CountedResource) => ({
  ...(project ? { projectid: project.id, project: project.name } : account && { account: account.name }),
  domainid: domain.id,
  domain: domain.name,
  domainpath: displayPath(domain.path),
  resourcetype: String(number),
  resourcetypename: name,
});
