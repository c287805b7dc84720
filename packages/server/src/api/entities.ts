import { type CommandName, entities as declared, type Entity, type EntityDeclaration } from '@virtstack/contract';
import { type RawBuilder, sql } from 'kysely';
import { allows, type Rule } from '../accounts/permissions.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';
import type { Caller, Membership } from './handler.ts';

type Condition = RawBuilder<boolean>;
type Rows = {
  readonly table: keyof Tables;
  /** Its rows go instead of being marked as removed. */
  readonly unmarked?: true;
  /** Rows for which it is not true are something else. */
  readonly where?: Condition;
};
type Shared = {
  readonly [E in Entity as (typeof declared)[E] extends { shared: string } ? E : never]: (
    alias: string,
    caller: Caller,
  ) => Condition;
};

/** Where the rows of each kind of thing are. Whose they are says the contract. */
export const rowsOf: { readonly [E in Entity]: Rows } = {
  zone: { table: 'zone' },
  pod: { table: 'pod' },
  cluster: { table: 'cluster' },
  host: { table: 'host' },
  storagepool: { table: 'storage_pool' },
  imagestore: { table: 'image_store' },
  physicalnetwork: { table: 'physical_network' },
  traffictype: { table: 'traffic_type' },
  managementserver: { table: 'server', unmarked: true },
  alert: { table: 'alert', unmarked: true },
  networkoffering: { table: 'network_offering' },
  serviceoffering: { table: 'service_offering' },
  diskoffering: { table: 'disk_offering' },
  ostype: { table: 'os_type', unmarked: true },
  oscategory: { table: 'os_category', unmarked: true },
  network: { table: 'network' },
  template: { table: 'template' },
  virtualmachine: { table: 'virtual_machine' },
  volume: { table: 'volume' },
  sshkeypair: { table: 'ssh_key_pair', unmarked: true },
  event: { table: 'event', unmarked: true },
  job: { table: 'job', unmarked: true },
  tag: { table: 'resource_tag', unmarked: true },
  annotation: { table: 'annotation' },
  domain: { table: 'domain' },
  // what a project has belongs to an account that is none for anybody to name
  account: { table: 'account', where: sql<boolean>`role_type <> 'Project'` },
  user: { table: 'users' },
  apikey: { table: 'api_key', unmarked: true },
  role: { table: 'role' },
  rolepermission: { table: 'role_permission', unmarked: true },
  project: { table: 'project' },
  projectinvitation: { table: 'project_invitation', unmarked: true },
  projectrole: { table: 'project_role' },
  projectrolepermission: { table: 'project_role_permission', unmarked: true },
};

/** By whom a thing is used beside its owner, as the contract says it in words. */
const sharedWith: Shared = {
  network: (alias, { domainPath }) =>
    sql<boolean>`(${sql.ref(`${alias}.acl_type`)} = 'Domain'
      and ${sql.ref(`${alias}.domain_id`)} = any(array(select id from domain where starts_with(${domainPath}, path))))`,
  template: (alias) => sql<boolean>`${sql.ref(`${alias}.is_public`)}`,
};

/** To name a thing that is used or looked at, or to change it: what is shared may be used by those whom it is shared with, but not changed. */
export type Use = 'use' | 'change';

export const everything: Condition = sql<boolean>`true`;
export const nothing: Condition = sql<boolean>`false`;

/** The ids of the domains that the caller is in charge of, as a set in SQL. */
const hisDomains = ({ domainPath }: Caller): RawBuilder<unknown> =>
  sql`(select id from domain where starts_with(path, ${domainPath}))`;

/** Whether a column is one of the ids. */
export const among = (column: string, ids: readonly string[]): Condition =>
  ids.length === 0 ? nothing : sql<boolean>`${sql.ref(column)} = any(${ids}::uuid[])`;

const anythingElse: Rule = { rule: '*', permission: 'allow' };

/** As CloudStack has it: a project role takes away. What none of its rules is about may be called, and admins of the project are bound by none. */
const permits = ({ admin, rules }: Membership, command: CommandName): boolean =>
  admin || rules === null || allows([...rules, anythingElse], command);

/** The projects of which the caller is a member and in which he may call the command. */
export const projectsFor = ({ projects }: Pick<Caller, 'projects'>, command: CommandName): readonly string[] =>
  projects.filter((membership) => permits(membership, command)).map(({ id }) => id);

/** The condition under which the caller may name a row of that kind in that command; `alias` is what its table is called. */
export function nameable(entity: Entity, alias: string, caller: Caller, command: CommandName, use: Use): Condition {
  const { ownership, shared }: EntityDeclaration = declared[entity];
  if (caller.role === 'Admin' || (ownership === 'everybody' && use === 'use')) return everything;
  const own = owned(entity, alias, caller, command, use);
  return shared && use === 'use' ? sql<boolean>`(${own} or ${sharedTo(entity, alias, caller)})` : own;
}

/** The condition under which a thing that he does not own is shared with the caller. */
export const sharedTo = (entity: Entity, alias: string, caller: Caller): Condition =>
  (sharedWith as Partial<Record<Entity, Shared[keyof Shared]>>)[entity]?.(alias, caller) ?? nothing;

/** Accounts, by a column account_id: his own, or those in the domains that he is in charge of. */
export const ofHisAccounts = (alias: string, caller: Caller): Condition =>
  caller.role === 'User'
    ? sql<boolean>`${sql.ref(`${alias}.account_id`)} = ${caller.accountId}`
    : sql<boolean>`${sql.ref(`${alias}.domain_id`)} in ${hisDomains(caller)}`;

/** What accounts own: what is his own, or in his charge. */
export const inHisCharge = (alias: string, caller: Caller): Condition =>
  sql<boolean>`(${ofHisAccounts(alias, caller)} and ${beneath(`${alias}.account_id`, caller)})`;

/** Root admins are in ROOT, of which somebody else may be the admin: what is theirs is not in his charge. */
const beneath = (accountId: string, { role, domainPath }: Caller): Condition =>
  role === 'Admin' || role === 'User' || domainPath !== '/'
    ? everything
    : sql<boolean>`${sql.ref(accountId)} not in (select id from account where role_type = 'Admin')`;

function owned(entity: Entity, alias: string, caller: Caller, command: CommandName, use: Use): Condition {
  const column = (name: string): string => `${alias}.${name}`;
  const alone = caller.role === 'User';
  const below = (name: string): Condition => sql<boolean>`${sql.ref(column(name))} in ${hisDomains(caller)}`;
  const either = (a: Condition, b: Condition): Condition => sql<boolean>`(${a} or ${b})`;
  const projects = (name: string): Condition => among(column(name), projectsFor(caller, command));
  const administered = (name: string): Condition =>
    among(column(name), projectsFor({ projects: caller.projects.filter(({ admin }) => admin) }, command));
  const hisProjects = (name: string): Condition => (use === 'change' ? administered(name) : projects(name));
  const ofHisDomains = (name: string): Condition =>
    sql<boolean>`${sql.ref(column(name))} in (select id from project where domain_id in ${hisDomains(caller)})`;
  // root admins are seen by the admins of ROOT, but neither changed nor spoken for
  const notAbove = (name: string): Condition => (use === 'change' || entity === 'apikey' ? beneath(name, caller) : everything);
  const accounts = alone
    ? sql`(${caller.accountId}::uuid)`
    : sql`(select id from account where domain_id in ${hisDomains(caller)} and removed is null and ${notAbove('account.id')})`;
  const kinds: { readonly [O in EntityDeclaration['ownership']]: () => Condition } = {
    everybody: () => nothing,
    admins: () => nothing,
    owner: () => either(inHisCharge(alias, caller), projects('project_id')),
    asker: () => either(inHisCharge(alias, caller), use === 'use' ? projects('project_id') : nothing),
    domain: () =>
      alone ? (use === 'change' ? nothing : sql<boolean>`${sql.ref(column('id'))} = ${caller.domainId}`) : below('id'),
    account: () =>
      alone
        ? sql<boolean>`${sql.ref(column('id'))} = ${caller.accountId}`
        : sql<boolean>`(${below('domain_id')} and ${notAbove(column('id'))})`,
    user: () =>
      entity === 'apikey'
        ? sql<boolean>`${sql.ref(column('user_id'))} in (select id from users where account_id in ${accounts})`
        : sql<boolean>`${sql.ref(column('account_id'))} in ${accounts}`,
    project: () => (alone ? hisProjects('id') : either(below('domain_id'), hisProjects('id'))),
    membership: () => (alone ? hisProjects('project_id') : either(ofHisDomains('project_id'), hisProjects('project_id'))),
    invitation: () => {
      const ofProjects = either(alone ? nothing : ofHisDomains('project_id'), administered('project_id'));
      return use === 'change' ? ofProjects : either(ofProjects, toHim(alias, caller));
    },
    role: () => (use === 'use' ? sql<boolean>`${sql.ref(column('is_public'))}` : nothing),
  };
  return kinds[declared[entity].ownership]();
}

/** An invitation of his account, all of it or himself alone. */
export const toHim = (alias: string, { accountId, userId }: Caller): Condition =>
  sql<boolean>`(${sql.ref(`${alias}.account_id`)} = ${accountId} and coalesce(${sql.ref(`${alias}.user_id`)}, ${userId}) = ${userId})`;

/** Those of the ids that name nothing, or nothing that the caller may name: he cannot tell which. */
export async function notNameable(
  db: Database,
  entity: Entity,
  ids: readonly string[],
  { caller, command, use }: { readonly caller: Caller; readonly command: CommandName; readonly use: Use },
): Promise<readonly string[]> {
  if (ids.length === 0) return ids;
  const { table, unmarked, where = everything } = rowsOf[entity];
  const living = unmarked ? everything : sql<boolean>`removed is null`;
  const found = await sql<{ id: string }>`
    select id from ${sql.table(table)}
    where id = any(${ids}::uuid[]) and ${living} and ${where} and ${nameable(entity, table, caller, command, use)}`.execute(db);
  const known = new Set(found.rows.map(({ id }) => id));
  return ids.filter((id) => !known.has(id.toLowerCase()));
}
