import { randomUUID } from 'node:crypto';
import { hashPassword } from '../../accounts/password.ts';
import { checkPassword } from '../../accounts/password-policy.ts';
import type { Context } from '../handler.ts';
import { chosenId, type DomainRow, requireFreeUsername } from './identity-checks.ts';
import { whereTaken } from './rows.ts';

export type NewUser = {
  readonly username: string;
  readonly password: string;
  readonly email: string;
  readonly firstname: string;
  readonly lastname: string;
  readonly timezone?: string | undefined;
  readonly userid?: string | undefined;
  readonly passwordchangerequired?: boolean | undefined;
};

/** Writes a user of an account in a (locked) domain; answers his id. @throws {CloudError} `parameter`: his name is taken, or the password too weak. */
export async function makeUser(
  { db, caller, settings }: Context,
  domain: DomainRow,
  accountId: string,
  user: NewUser,
): Promise<string> {
  const { username, password, email, firstname, lastname, timezone = null } = user;
  await requireFreeUsername(db, domain, username);
  await checkPassword(settings, { password, username, domainId: domain.id });
  const id = chosenId(caller, 'userid', user.userid) ?? randomUUID();
  await db
    .insertInto('users')
    .values({
      ...{ id, account_id: accountId, username, email, firstname, lastname, timezone },
      password_hash: await hashPassword(password),
      password_change_required: user.passwordchangerequired ?? false,
    })
    .execute()
    .catch(whereTaken(`userid=${user.userid} is the id of a user already.`));
  return id;
}
