import { type AnyCommand, commands, type Entity, type EntityDeclaration, entities, type Ownership } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import { CloudError } from '../error.ts';
import { among, everything, inHisCharge, nameable, nothing, ofHisAccounts, projectsFor, sharedTo } from './entities.ts';
import type { Caller, Context } from './handler.ts';

/** The parameters that say whose things are asked for (the contract's `ownership`), and the ids where single things are. */
export type OwnershipParams = {
  readonly account?: string | undefined;
  readonly domainid?: string | undefined;
  readonly projectid?: string | undefined;
  readonly isrecursive?: boolean | undefined;
  readonly listall?: boolean | undefined;
  readonly id?: string | undefined;
  readonly ids?: readonly string[] | undefined;
};
type Asking = Pick<Context, 'caller' | 'command'>;
type Condition = RawBuilder<boolean>;

/** Of these CloudStack's parameters say whose are asked for. */
const scoped: ReadonlySet<Ownership> = new Set<Ownership>(['owner', 'asker', 'account', 'user']);

/** Every project: CloudStack's word. */
const everyProject = '-1';

/** The kind of thing that a list shows. */
export function shownBy({ command }: Pick<Context, 'command'>): Entity {
  const { access }: AnyCommand = commands[command];
  if (!('shows' in access)) throw new Error(`${command} does not say in the contract what it shows.`);
  return access.shows;
}

/**
 * Which rows of a list the caller sees with these parameters: of whatever kind the contract says that the command shows. `alias` is what the table is
 * called in the query. `paged` asks this for every list.
 * @throws {CloudError} `account`: he asked for an account that is not his to see.
 */
export function visible(context: Asking, params: OwnershipParams, alias: string): Condition {
  const entity = shownBy(context);
  const { ownership, shared }: EntityDeclaration = entities[entity];
  if (!scoped.has(ownership)) return nameable(entity, alias, context.caller, context.command, 'use');
  const own = ownedBy(context, params, alias);
  return shared ? sql<boolean>`(${own} or ${sharedTo(entity, alias, context.caller)})` : own;
}

/**
 * Which rows of things that accounts own are his own, or those that he asked for among what he may see, as CloudStack has it: his own; with `listall`
 * or an id all that he may see; with `domainid` (and `account`) or `projectid` those. What projects own is shown where it is asked for alone.
 * @throws {CloudError} `account`: he asked for an account that is not his to see.
 */
export function ownedBy(context: Asking, params: OwnershipParams, alias: string): Condition {
  const { caller } = context;
  const named = params.id !== undefined || params.ids !== undefined;
  const conditions = [
    everythingHis(context, params, alias, named),
    projectsOwn(shownBy(context)) ? ofProject(params, alias, named) : everything,
    ofAccountOrDomain(caller, params, alias, named),
  ];
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}

const column = (alias: string, name: string): RawBuilder<unknown> => sql.ref(`${alias}.${name}`);
const ofOneself = ({ accountId }: Caller, alias: string): Condition =>
  sql<boolean>`${column(alias, 'account_id')} = ${accountId}`;
const projectsOwn = (entity: Entity): boolean => entities[entity].ownership === 'owner';

/** All that he may see of it, be it his or a project’s. Where accounts and users are listed the query calls their account account_id. */
const everythingHis = ({ caller, command }: Asking, { projectid }: OwnershipParams, alias: string, named: boolean): Condition => {
  const entity = shownBy({ command });
  if (caller.role === 'Admin') return everything;
  const asked = projectsOwn(entity) ? projectid !== undefined || named : entities[entity].ownership === 'asker';
  const projects = asked ? among(`${alias}.project_id`, projectsFor(caller, command)) : nothing;
  const accounts = entity === 'account' || entity === 'user' ? ofHisAccounts : inHisCharge;
  // PostgreSQL looks for a set of domains in an index only where nothing else is as good.
  return projects === nothing ? accounts(alias, caller) : sql<boolean>`(${accounts(alias, caller)} or ${projects})`;
};

const below = (alias: string, path: RawBuilder<unknown>): Condition =>
  sql<boolean>`${column(alias, 'domain_id')} in (select id from domain where starts_with(path, ${path}))`;

function ofProject({ projectid, listall }: OwnershipParams, alias: string, named: boolean): Condition {
  const project = column(alias, 'project_id');
  if (projectid === everyProject) return listall || named ? everything : sql<boolean>`${project} is not null`;
  if (projectid !== undefined) return sql<boolean>`${project} = ${projectid}`;
  return named ? everything : sql<boolean>`${project} is null`;
}

function ofAccountOrDomain(caller: Caller, params: OwnershipParams, alias: string, named: boolean): Condition {
  const { account, domainid } = params;
  if (account !== undefined && caller.role === 'User' && account !== caller.account)
    throw new CloudError('account', `You may not list what belongs to the account ${account}.`);
  if (account !== undefined) return ofNamedAccount(alias, account, domainid ?? caller.domainId);
  if (domainid !== undefined && caller.role !== 'User') {
    const path = sql`(select path from domain where id = ${domainid})`;
    return params.isrecursive ? below(alias, path) : sql<boolean>`${column(alias, 'domain_id')} = ${domainid}`;
  }
  return params.listall || named || params.projectid !== undefined ? everything : ofOneself(caller, alias);
}

const ofNamedAccount = (alias: string, name: string, domainId: string): Condition =>
  sql<boolean>`${column(alias, 'account_id')} in (select id from account where name = ${name} and domain_id = ${domainId} and removed is null)`;
