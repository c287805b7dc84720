import { isId } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../../db/database.ts';
import { CloudError } from '../../error.ts';
import { isDomainName } from '../../network/domain-name.ts';
import type { Caller } from '../handler.ts';
import { refuse } from './rows.ts';

export type DomainRow = {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly level: number;
  readonly parent_id: string | null;
};

/** A domain in which nobody else names accounts, users or domains until the command ends. @throws {CloudError} it is being deleted. */
export async function lockedDomain(db: Database, id: string): Promise<DomainRow> {
  const domain = await db
    .selectFrom('domain')
    .select(['id', 'name', 'path', 'level', 'parent_id', 'state'])
    .where('id', '=', id)
    .where('removed', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!domain) return refuse(`The domain ${id} is gone: somebody deleted it just now.`);
  if (domain.state !== 'Active')
    throw new CloudError(
      'conflict',
      `The domain ${domain.name} is ${domain.state}: it is being deleted, and nothing new is made in it.`,
    );
  return domain;
}

/** Nobody else changes the tree of domains until the command ends: a domain's path is made of those above it. */
export async function lockTree(db: Database): Promise<void> {
  await db.selectFrom('domain').select('id').where('parent_id', 'is', null).forNoKeyUpdate().execute();
}

const words = { account: 'An account’s name', user: 'A user’s name', domain: 'A domain’s name' } as const;

/** @throws {CloudError} `parameter`: it is no name. */
export function checkName(kind: keyof typeof words, name: string): void {
  if (!/^\S(.{0,198}\S)?$/su.test(name) || /[\r\n\t]/.test(name))
    refuse(`${words[kind]} has 1 to 200 characters, on one line, and neither begins nor ends with a space.`);
  if (kind === 'domain' && name.includes('/'))
    refuse('A domain’s name has no slash: its path is made of names with slashes between.');
}

/** @throws {CloudError} `parameter`: somebody in the (locked) domain has that name, in whatever letters. */
export async function requireFreeUsername(db: Database, domain: DomainRow, username: string, besides?: string): Promise<void> {
  checkName('user', username);
  const { rows } = await sql<{ id: string }>`
    select u.id from users u join account a on a.id = u.account_id
    where lower(u.username) = lower(${username}) and u.removed is null and a.removed is null
      and a.domain_id = ${domain.id} and u.id is distinct from ${besides ?? null} limit 1`.execute(db);
  if (rows.length > 0) refuse(`There is already a user ${username} in the domain ${domain.name}.`);
}

/** @throws {CloudError} `parameter`: an account of the (locked) domain has that name, in whatever letters. */
export async function requireFreeAccountName(db: Database, domain: DomainRow, name: string, besides?: string): Promise<void> {
  checkName('account', name);
  const { rows } = await sql<{ id: string }>`
    select id from account where lower(name) = lower(${name}) and domain_id = ${domain.id} and removed is null
      and id is distinct from ${besides ?? null} limit 1`.execute(db);
  if (rows.length > 0) refuse(`There is already an account ${name} in the domain ${domain.name}.`);
}

/** @throws {CloudError} `parameter`: it is no domain name of the DNS. Empty: none. */
export function networkDomain(text: string | undefined): string | null | undefined {
  if (text === undefined || text === '') return text === '' ? null : undefined;
  return isDomainName(text) ? text : refuse(`networkdomain=${text} is not a domain name.`);
}

/** An id that a client chose for a new thing. @throws {CloudError} `parameter` */
export function chosenId({ role }: Caller, parameter: string, text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (role !== 'Admin') refuse(`${parameter}: only a root admin chooses the ids of new things.`);
  return isId(text) ? text.toLowerCase() : refuse(`${parameter}=${text} is not an id (a UUID).`);
}
