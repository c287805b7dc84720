import type { RoleType } from '@virtstack/contract';
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Caller } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';

type Joined = ExpressionBuilder<Pick<Tables, 'users' | 'account' | 'domain'>, 'users' | 'account' | 'domain'>;

/** Users that may call at present (neither they nor their account removed or disabled), with what makes them a caller and their password's hash. */
export async function findCallers(
  db: Database,
  where: (eb: Joined) => Expression<SqlBool>,
): Promise<{ readonly caller: Caller; readonly passwordHash: string }[]> {
  const rows = await db
    .selectFrom('users')
    .innerJoin('account', 'account.id', 'users.account_id')
    .innerJoin('domain', 'domain.id', 'account.domain_id')
    .select(['users.id as userId', 'users.username', 'users.password_hash as passwordHash', 'account.id as accountId'])
    .select(['account.name as account', 'account.role_type as role', 'domain.id as domainId', 'domain.path as domainPath'])
    .where((eb) => where(eb as unknown as Joined))
    .where('users.state', '=', 'enabled')
    .where('account.state', '=', 'enabled')
    .where('users.removed', 'is', null)
    .where('account.removed', 'is', null)
    .orderBy('users.created')
    .execute();
  return rows.map(({ passwordHash, role, ...rest }) => ({ caller: { ...rest, role: role as RoleType }, passwordHash }));
}

export const callerById = async (db: Database, userId: string): Promise<Caller | undefined> =>
  (await findCallers(db, (eb) => eb('users.id', '=', userId)))[0]?.caller;
