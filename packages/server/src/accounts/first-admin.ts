import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../db/database.ts';
import { replaceApiKeys } from './api-keys.ts';
import { hashPassword } from './password.ts';
import { nothingSetUp } from './second-factor.ts';
import type { Secrets } from './secrets.ts';
import { endSessionsOf } from './sessions.ts';

/** What the first administrator logs in and signs with. */
export type FirstAdmin = {
  readonly username: string;
  readonly password: string;
  readonly apikey: string;
  readonly secretkey: string;
};

const username = 'admin';
/** Easy to type: no 0, O, 1, l, I. */
const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const freshPassword = (): string => Array.from(randomBytes(16), (byte) => letters[byte % letters.length]).join('');

/** Makes the administrator of ROOT, or gives him a new password and new keys; what he had until now stops working. */
export async function firstAdmin(db: Database, secrets: Secrets, chosen?: string): Promise<FirstAdmin> {
  const password = chosen ?? freshPassword();
  const password_hash = await hashPassword(password);
  return db.transaction().execute(async (tx) => {
    const id = (await adminUser(tx)) ?? (await makeAdmin(tx, password_hash));
    await tx
      .updateTable('users')
      .set({ ...nothingSetUp, password_hash, state: 'enabled', failed_logins: 0 })
      .where('id', '=', id)
      .execute();
    await tx
      .updateTable('account')
      .set({ state: 'enabled' })
      .where('name', '=', username)
      .where('domain_id', 'in', rootDomain(tx))
      .execute();
    await endSessionsOf(tx, id);
    return { username, password, ...(await replaceApiKeys(tx, secrets, id)) };
  });
}

/** Whether it is the first administrator: nobody removes, disables or moves him. */
export const isBuiltIn = (user: { readonly username: string; readonly account: string; readonly domainPath: string }): boolean =>
  user.username === username && isBuiltInAccount(user);

export const isBuiltInAccount = ({ account, domainPath }: { readonly account: string; readonly domainPath: string }): boolean =>
  account === username && domainPath === '/';

const rootDomain = (db: Database) => db.selectFrom('domain').select('id').where('path', '=', '/').where('removed', 'is', null);

/** The id of the first administrator, where he was made already. */
export async function adminUser(db: Database): Promise<string | undefined> {
  const row = await db
    .selectFrom('users')
    .innerJoin('account', 'account.id', 'users.account_id')
    .select('users.id')
    .where('users.username', '=', username)
    .where('account.name', '=', username)
    .where('account.domain_id', 'in', rootDomain(db))
    .where('users.removed', 'is', null)
    .where('account.removed', 'is', null)
    .executeTakeFirst();
  return row?.id;
}

/** The account of the first administrator. */
export const builtInAccount = (db: Database): Promise<{ id: string; domain_id: string }> =>
  db
    .selectFrom('account')
    .select(['id', 'domain_id'])
    .where('name', '=', username)
    .where('domain_id', 'in', rootDomain(db))
    .where('removed', 'is', null)
    .executeTakeFirstOrThrow();

async function makeAdmin(db: Database, password_hash: string): Promise<string> {
  const { id: domain_id } = await rootDomain(db).executeTakeFirstOrThrow();
  const [account_id, id] = [randomUUID(), randomUUID()];
  await db.insertInto('account').values({ id: account_id, domain_id, name: username, role_type: 'Admin' }).execute();
  const person = { firstname: 'Cloud', lastname: 'Admin', email: 'admin@localhost' };
  await db
    .insertInto('users')
    .values({ id, account_id, username, password_hash, ...person })
    .execute();
  return id;
}
