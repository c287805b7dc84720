import { randomUUID } from 'node:crypto';
import type { RoleType } from '@virtstack/contract';
import type { Database } from '../db/database.ts';
import { type ApiKeys, replaceApiKeys } from './api-keys.ts';
import { hashPassword } from './password.ts';
import type { Secrets } from './secrets.ts';

/** Somebody to act as, in tests. */
export type Person = ApiKeys & {
  readonly userId: string;
  readonly accountId: string;
  readonly domainId: string;
  readonly name: string;
};

export async function makeDomain(db: Database, name: string, parentPath = '/'): Promise<string> {
  const parent = await db.selectFrom('domain').select(['id', 'level']).where('path', '=', parentPath).executeTakeFirstOrThrow();
  const id = randomUUID();
  await db
    .insertInto('domain')
    .values({ id, parent_id: parent.id, name, path: `${parentPath}${name}/`, level: parent.level + 1 })
    .execute();
  return id;
}

/** An account with one user of the same name; his password is `password of NAME`. */
export async function makePerson(
  db: Database,
  secrets: Secrets,
  name: string,
  role: RoleType = 'User',
  domainPath = '/',
): Promise<Person> {
  const { id: domainId } = await db.selectFrom('domain').select('id').where('path', '=', domainPath).executeTakeFirstOrThrow();
  const [accountId, userId] = [randomUUID(), randomUUID()];
  await db.insertInto('account').values({ id: accountId, domain_id: domainId, name, role_type: role }).execute();
  const words = {
    username: name,
    firstname: name,
    lastname: '',
    email: '',
    password_hash: await hashPassword(`password of ${name}`),
  };
  await db
    .insertInto('users')
    .values({ id: userId, account_id: accountId, ...words })
    .execute();
  return { userId, accountId, domainId, name, ...(await replaceApiKeys(db, secrets, userId)) };
}
