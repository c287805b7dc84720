import type { ParamsOf } from '@virtstack/contract';
import { sql } from 'kysely';
import { isBuiltIn } from '../../accounts/first-admin.ts';
import { hashPassword } from '../../accounts/password.ts';
import { checkPassword } from '../../accounts/password-policy.ts';
import { requireEnabled } from '../../accounts/second-factor.ts';
import { endSessionsOf } from '../../accounts/sessions.ts';
import { CloudError } from '../../error.ts';
import type { Context, Handlers } from '../handler.ts';
import { accountActedOn, requireProjectsLookedAfter } from './acting-on.ts';
import { makeUser } from './create-user.ts';
import { userAnswer } from './identity-answers.ts';
import { lockedDomain, requireFreeUsername } from './identity-checks.ts';
import { refuse } from './rows.ts';
import { actedOn, type UserRow } from './users.ts';

export const userChanges = {
  createUser: async (context, params) => {
    const { account, domainid } = params;
    const row = await accountActedOn(context, { account, domainid });
    const id = await makeUser(context, await lockedDomain(context.db, row.domain_id), row.id, params);
    return userAnswer(context, id);
  },

  updateUser: async (context, params) => {
    const row = await actedOn(context, params.id);
    await changeUser(context, row, params);
    return userAnswer(context, row.id);
  },

  deleteUser: async (context, { id }) => {
    const { db } = context;
    const row = await lastingUser(context, id, 'deleted');
    await leaveProjects(context, row);
    await shutOut(context, id, 'disabled');
    await db.deleteFrom('api_key').where('user_id', '=', id).execute();
    await db.deleteFrom('resource_tag').where('resource_id', '=', id).execute();
    await db.updateTable('users').set({ removed: new Date() }).where('id', '=', id).execute();
    return { success: true };
  },

  disableUser: async (context, { id }) => {
    await lastingUser(context, id, 'disabled');
    await shutOut(context, id, 'disabled');
    return { saga: 'change-user', state: { userId: id }, subject: id, instance: { type: 'User', id } };
  },

  lockUser: async (context, { id }) => {
    await lastingUser(context, id, 'locked');
    await shutOut(context, id, 'locked');
    return userAnswer(context, id);
  },

  enableUser: async (context, { id }) => {
    await actedOn(context, id);
    await context.db.updateTable('users').set({ state: 'enabled', failed_logins: 0 }).where('id', '=', id).execute();
    return userAnswer(context, id);
  },

  moveUser: async (context, { id, account, accountid }) => {
    const { db } = context;
    const row = await lastingUser(context, id, 'moved');
    if (account !== undefined && accountid !== undefined) refuse('Say the account by its name or by its id, not by both.');
    const target = await accountActedOn(context, { id: accountid, account, domainid: row.domain_id });
    if (target.domain_id !== row.domain_id)
      refuse(
        `The account ${target.name} is in the domain ${target.domain}, and the user ${row.username} in ${row.domain}: users move within their domain.`,
      );
    await leaveProjects(context, row);
    await db.updateTable('users').set({ account_id: target.id }).where('id', '=', id).execute();
    await endSessionsOf(db, id);
    return { success: true };
  },
} satisfies Handlers<'createUser' | 'updateUser' | 'deleteUser' | 'disableUser' | 'lockUser' | 'enableUser' | 'moveUser'>;

const isBuiltInUser = ({ username, account, domain_path: domainPath }: UserRow): boolean =>
  isBuiltIn({ username, account, domainPath });

/** Somebody else than oneself, and not the built-in admin: whoever shuts these out has nobody to take it back. @throws {CloudError} */
async function lastingUser(context: Context, id: string, done: string): Promise<UserRow> {
  const row = await actedOn(context, id);
  if (id === context.caller.userId) throw new CloudError('account', `You cannot be ${done} by yourself: ask another admin.`);
  if (isBuiltInUser(row)) throw new CloudError('account', `The user ${row.username} of ROOT is built in: he cannot be ${done}.`);
  return row;
}

async function shutOut({ db }: Context, id: string, state: 'disabled' | 'locked'): Promise<void> {
  await db.updateTable('users').set({ state }).where('id', '=', id).execute();
  await endSessionsOf(db, id);
}

/** What he is in projects by himself ends; what his account is stays. */
async function leaveProjects({ db }: Context, { id }: UserRow): Promise<void> {
  await requireProjectsLookedAfter(db, sql<boolean>`m.user_id = ${id}`);
  for (const table of ['project_member', 'project_invitation'] as const)
    await db.deleteFrom(table).where('user_id', '=', id).execute();
}

async function changeUser(context: Context, row: UserRow, params: ParamsOf<'updateUser'>): Promise<void> {
  const { firstname, lastname, email, timezone, username } = params;
  if (username !== undefined) await checkNewName(context, row, username);
  const totp_mandated = byAnotherOnly(context, row, 'mandate2fa', params.mandate2fa);
  if (totp_mandated) await requireEnabled(context.settings, row.domain_id);
  const password_change_required = byAnotherOnly(context, row, 'passwordchangerequired', params.passwordchangerequired);
  if (params.password !== undefined) await changePassword(context, row, params.password, params.currentpassword);
  const facts = Object.entries({
    firstname,
    lastname,
    email,
    timezone,
    username,
    totp_mandated,
    password_change_required,
  }).filter(([, value]) => value !== undefined);
  if (facts.length > 0) await context.db.updateTable('users').set(Object.fromEntries(facts)).where('id', '=', row.id).execute();
}

/** What an admin says of somebody is not for that one to take back. @throws {CloudError} `account` */
function byAnotherOnly({ caller }: Context, row: UserRow, parameter: string, said: boolean | undefined): boolean | undefined {
  if (said === undefined || row.id !== caller.userId || caller.role === 'Admin') return said;
  throw new CloudError('account', `${parameter} is for an admin to say of you, not for you.`);
}

async function checkNewName({ db }: Context, row: UserRow, username: string): Promise<void> {
  if (username === row.username) return;
  if (isBuiltInUser(row)) throw new CloudError('account', `The user ${row.username} of ROOT is built in: his name stays.`);
  await requireFreeUsername(db, await lockedDomain(db, row.domain_id), username, row.id);
}

/** Whoever changes his own password says the one until now: an open session is not enough. All sessions of the user end. */
async function changePassword(context: Context, row: UserRow, password: string, current: string | undefined): Promise<void> {
  const { db, caller, settings } = context;
  await checkPassword(settings, { password, username: row.username, domainId: row.domain_id });
  if (row.id === caller.userId) {
    if (current === undefined)
      throw new CloudError('parameter', 'Unable to execute API command updateuser due to missing parameter currentpassword');
    if (!caller.saidPassword) throw new CloudError('parameter', 'The current password is not right.');
    if (current === password) throw new CloudError('parameter', 'The new password is the one until now: choose another.');
  }
  await db
    .updateTable('users')
    .set({ password_hash: await hashPassword(password), password_change_required: false })
    .where('id', '=', row.id)
    .execute();
  await endSessionsOf(db, row.id);
}
