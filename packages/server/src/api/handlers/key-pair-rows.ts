import type { ResponseOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { roleFields } from '../../accounts/roles.ts';
import type { Database } from '../../db/database.ts';
import { displayPath } from './domains.ts';

/** Pairs of API keys with whose they are, as `k`. Their secrets are not among it. */
const joined = (db: Database) =>
  db
    .selectFrom('api_key')
    .innerJoin('users', 'users.id', 'api_key.user_id')
    .innerJoin('account', 'account.id', 'users.account_id')
    .innerJoin('domain', 'domain.id', 'account.domain_id')
    .leftJoin('role', 'role.id', 'account.role_id')
    .select(['api_key.id', 'api_key.name', 'api_key.description', 'api_key.api_key', 'api_key.user_id', 'api_key.rules'])
    .select([
      'api_key.starts',
      'api_key.ends',
      'api_key.created',
      sql<boolean>`coalesce(api_key.ends <= now(), false)`.as('ended'),
    ])
    .select(['users.username', 'account.id as account_id', 'account.name as account', 'account.role_type'])
    .select(['role.id as role_id', 'role.name as role_name', 'domain.id as domain_id', 'domain.name as domain', 'domain.path'])
    .where('users.removed', 'is', null)
    .where('account.removed', 'is', null)
    .as('k');

export const fromKeyPairs = (db: Database) => db.selectFrom(joined(db));
export const selectKeyPairs = (db: Database) => fromKeyPairs(db).selectAll('k');

export type KeyPairRow = Awaited<ReturnType<ReturnType<typeof selectKeyPairs>['execute']>>[number];

/** `withRules`: its rules too. The secret key is never among it. */
export function keyPairResponse(row: KeyPairRow, withRules: boolean): ResponseOf<'listUserKeys'> {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    apikey: row.api_key,
    userid: row.user_id,
    username: row.username,
    accountid: row.account_id,
    accountname: row.account,
    accounttype: row.role_type,
    ...roleFields(row),
    domainid: row.domain_id,
    domain: row.domain,
    domainpath: displayPath(row.path),
    state: row.ended ? 'EXPIRED' : 'ENABLED',
    startdate: row.starts,
    enddate: row.ends,
    ...(withRules && { permissions: row.rules }),
    created: row.created,
  };
}
