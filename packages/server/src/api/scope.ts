import { type RawBuilder, sql } from 'kysely';
import { CloudError } from '../error.ts';
import type { Caller } from './handler.ts';

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

const everything = sql<boolean>`true`;
const ofAccount = (table: string, id: string): RawBuilder<boolean> => sql<boolean>`${sql.ref(`${table}.account_id`)} = ${id}`;
const ofDomain = (table: string, id: string): RawBuilder<boolean> => sql<boolean>`${sql.ref(`${table}.domain_id`)} = ${id}`;
const below = (table: string, path: RawBuilder<unknown>): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(`${table}.domain_id`)} in (select id from domain where starts_with(path, ${path}))`;

/**
 * Which rows of an owned table (or alias) the caller sees with these parameters, as CloudStack has it: his own; with `listall`, an id or
 * every project, all that he may see; with `domainid` (and `account`) those, where they are within what he may see. Use: `.where(ownedBy(…))`.
 * @throws {CloudError} `account`: he asked for an account that is not his to see.
 */
export function ownedBy(caller: Caller, params: OwnershipParams, table: string): RawBuilder<boolean> {
  const { account, domainid } = params;
  if (caller.role === 'User') {
    if (account !== undefined && account !== caller.account)
      throw new CloudError('account', `You may not list what belongs to the account ${account}.`);
    return ofAccount(table, caller.accountId);
  }
  const visible = visibleTo(caller, table);
  if (account !== undefined) return sql<boolean>`(${visible} and ${ofNamedAccount(table, account, domainid ?? caller.domainId)})`;
  if (domainid !== undefined) {
    const path = sql`(select path from domain where id = ${domainid})`;
    return sql<boolean>`(${visible} and ${params.isrecursive ? below(table, path) : ofDomain(table, domainid)})`;
  }
  const all = params.listall || params.id !== undefined || params.ids !== undefined || params.projectid === '-1';
  return all ? visible : ofAccount(table, caller.accountId);
}

/** Everything of an owned table that the caller may see. */
export function visibleTo(caller: Caller, table: string): RawBuilder<boolean> {
  if (caller.role === 'Admin') return everything;
  if (caller.role === 'User') return ofAccount(table, caller.accountId);
  return below(table, sql`${caller.domainPath}`);
}

const ofNamedAccount = (table: string, name: string, domainId: string): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(`${table}.account_id`)} in (select id from account where name = ${name} and domain_id = ${domainId} and removed is null)`;
