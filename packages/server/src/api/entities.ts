import type { Entity } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';
import type { Caller } from './handler.ts';

/** Who may name a thing in a call: everybody; admins alone; its owner and whoever is above him; as its own rule says. */
export type Ownership = 'everybody' | 'admins' | 'owner' | 'domain' | 'account' | 'user';

export type EntityRule = {
  readonly table: keyof Tables;
  readonly ownership: Ownership;
  /** Whom it is shown to beside its owner, as SQL over its columns. */
  readonly shared?: string;
  /** Its rows go instead of being marked as removed. */
  readonly unmarked?: true;
};

/** Every kind of thing that a parameter can name: where it is and whose it is. A kind that is not here exists nowhere yet. */
export const entities: { readonly [E in Entity]: EntityRule | undefined } = {
  zone: { table: 'zone', ownership: 'everybody' },
  pod: { table: 'pod', ownership: 'admins' },
  cluster: { table: 'cluster', ownership: 'admins' },
  host: { table: 'host', ownership: 'admins' },
  storagepool: { table: 'storage_pool', ownership: 'admins' },
  imagestore: { table: 'image_store', ownership: 'admins' },
  physicalnetwork: { table: 'physical_network', ownership: 'admins' },
  traffictype: { table: 'traffic_type', ownership: 'admins' },
  network: { table: 'network', ownership: 'owner', shared: "acl_type = 'Domain'" },
  networkoffering: { table: 'network_offering', ownership: 'everybody' },
  serviceoffering: { table: 'service_offering', ownership: 'everybody' },
  diskoffering: { table: 'disk_offering', ownership: 'everybody' },
  template: { table: 'template', ownership: 'owner', shared: 'is_public' },
  ostype: { table: 'os_type', ownership: 'everybody', unmarked: true },
  oscategory: { table: 'os_category', ownership: 'everybody', unmarked: true },
  virtualmachine: { table: 'virtual_machine', ownership: 'owner' },
  volume: { table: 'volume', ownership: 'owner' },
  sshkeypair: { table: 'ssh_key_pair', ownership: 'owner', unmarked: true },
  domain: { table: 'domain', ownership: 'domain' },
  account: { table: 'account', ownership: 'account' },
  user: { table: 'users', ownership: 'user' },
  event: { table: 'event', ownership: 'owner', unmarked: true },
  job: { table: 'job', ownership: 'owner', unmarked: true },
  alert: { table: 'alert', ownership: 'admins', unmarked: true },
  managementserver: { table: 'server', ownership: 'admins', unmarked: true },
  role: undefined,
  project: undefined,
};

/** To name a thing that is used or looked at, or to change it: what is shared may be used by those whom it is shared with, but not changed. */
export type Access = 'use' | 'change';

const below = (caller: Caller, column: string) =>
  sql<boolean>`${sql.ref(column)} in (select id from domain where starts_with(path, ${caller.domainPath}))`;

/** The condition under which the caller may name a row of that rule's table. */
function permission(rule: EntityRule, caller: Caller, access: Access) {
  if (caller.role === 'Admin' || rule.ownership === 'everybody') return sql<boolean>`true`;
  if (rule.ownership === 'admins') return sql<boolean>`false`;
  const own = ownCondition(rule, caller);
  return rule.shared && access === 'use' ? sql<boolean>`(${own} or ${sql.raw(rule.shared)})` : own;
}

function ownCondition({ ownership }: EntityRule, caller: Caller) {
  const alone = caller.role === 'User';
  if (ownership === 'domain') return alone ? sql<boolean>`id = ${caller.domainId}` : below(caller, 'id');
  if (ownership === 'account') return alone ? sql<boolean>`id = ${caller.accountId}` : below(caller, 'domain_id');
  if (ownership === 'user') {
    const accounts = alone ? sql`(${caller.accountId}::uuid)` : sql`(select id from account where ${below(caller, 'domain_id')})`;
    return sql<boolean>`account_id in ${accounts}`;
  }
  return alone ? sql<boolean>`account_id = ${caller.accountId}` : below(caller, 'domain_id');
}

/** Those of the ids that name nothing, or nothing that the caller may name: he cannot tell which. */
export async function notNameable(
  db: Database,
  entity: Entity,
  ids: readonly string[],
  caller: Caller,
  access: Access,
): Promise<readonly string[]> {
  const rule = entities[entity];
  if (!rule || ids.length === 0) return ids;
  const living = rule.unmarked ? sql`true` : sql`removed is null`;
  const found = await sql<{ id: string }>`
    select id from ${sql.table(rule.table)}
    where id = any(${ids}::uuid[]) and ${living} and ${permission(rule, caller, access)}`.execute(db);
  const nameable = new Set(found.rows.map(({ id }) => id));
  return ids.filter((id) => !nameable.has(id.toLowerCase()));
}
