import { randomUUID } from 'node:crypto';
import type { ParamsOf, RoleType } from '@virtstack/contract';
import { sql, type Updateable } from 'kysely';
import { isAbove, rightsOf } from '../../accounts/above.ts';
import { isTypesRole } from '../../accounts/default-roles.ts';
import { isBuiltInAccount } from '../../accounts/first-admin.ts';
import type { Rights } from '../../accounts/permissions.ts';
import { typesOf } from '../../accounts/roles.ts';
import { endSessionsOfAccount } from '../../accounts/sessions.ts';
import type { Tables } from '../../db/schema.ts';
import { CloudError } from '../../error.ts';
import type { JobRequest } from '../../jobs/request.ts';
import { waitingLane } from '../../orchestration/child-jobs.ts';
import type { Context, Handlers } from '../handler.ts';
import { type AccountRow, accountActedOn, refuseOwnAndBuiltIn, requireProjectsLookedAfter } from './acting-on.ts';
import { makeUser } from './create-user.ts';
import { accountAnswer } from './identity-answers.ts';
import { chosenId, type DomainRow, lockedDomain, networkDomain, requireFreeAccountName } from './identity-checks.ts';
import { refuse, whereTaken } from './rows.ts';

export const accountChanges = {
  createAccount: async (context, params) => {
    const { db, caller } = context;
    const domain = await lockedDomain(db, params.domainid ?? caller.domainId);
    const name = params.account || params.username;
    await requireFreeAccountName(db, domain, name);
    const role = await givenRole(context, params, domain.path);
    const id = chosenId(caller, 'accountid', params.accountid) ?? randomUUID();
    const network_domain = networkDomain(params.networkdomain) ?? null;
    const more = { network_domain, details: JSON.stringify(params.accountdetails ?? {}) };
    await db
      .insertInto('account')
      .values({ id, domain_id: domain.id, name, ...role, ...more })
      .execute()
      .catch(whereTaken(`accountid=${params.accountid} is the id of an account already.`));
    await makeUser(context, domain, id, params);
    return accountAnswer(context, id);
  },

  updateAccount: async (context, params) => {
    const { db } = context;
    const row = await accountActedOn(context, params);
    const patch: Updateable<Tables['account']> = {
      ...(params.newname !== undefined && { name: await newName(context, row, params.newname) }),
      ...(params.roleid !== undefined && (await newRole(context, row, params.roleid))),
      ...(params.networkdomain !== undefined && { network_domain: networkDomain(params.networkdomain) ?? null }),
      ...(params.accountdetails && { details: JSON.stringify(params.accountdetails) }),
    };
    if (Object.keys(patch).length > 0) await db.updateTable('account').set(patch).where('id', '=', row.id).execute();
    return accountAnswer(context, row.id);
  },

  deleteAccount: async (context, { id }) => {
    const row = await accountActedOn(context, { id });
    refuseOwnAndBuiltIn(context, row, 'deleted');
    await requireProjectsLookedAfter(context.db, sql<boolean>`m.account_id = ${row.id}`);
    await shutOut(context, row, 'disabled');
    return accountJob('delete-account', row.id);
  },

  disableAccount: async (context, { lock, ...naming }) => {
    const row = await accountActedOn(context, naming);
    refuseOwnAndBuiltIn(context, row, lock ? 'locked' : 'disabled');
    await shutOut(context, row, lock ? 'locked' : 'disabled');
    return accountJob(lock ? 'lock-account' : 'disable-account', row.id);
  },

  lockAccount: async (context, naming) => {
    const row = await accountActedOn(context, naming);
    refuseOwnAndBuiltIn(context, row, 'locked');
    await shutOut(context, row, 'locked');
    return accountAnswer(context, row.id);
  },

  enableAccount: async (context, naming) => {
    const row = await accountActedOn(context, naming);
    await refuseWhileDeleted(context, row);
    await context.db.updateTable('account').set({ state: 'enabled' }).where('id', '=', row.id).execute();
    return accountAnswer(context, row.id);
  },
} satisfies Handlers<'createAccount' | 'updateAccount' | 'deleteAccount' | 'disableAccount' | 'lockAccount' | 'enableAccount'>;

const accountJob = (saga: string, accountId: string): JobRequest => ({
  saga,
  state: { accountId },
  subject: waitingLane(accountId),
  instance: { type: 'Account', id: accountId },
});

/** At once: whatever the account's users have open ends, and their keys open nothing. */
async function shutOut({ db }: Context, { id }: AccountRow, state: 'disabled' | 'locked'): Promise<void> {
  await db.updateTable('account').set({ state }).where('id', '=', id).execute();
  await endSessionsOfAccount(db, id);
}

async function refuseWhileDeleted({ db }: Context, { id, name }: AccountRow): Promise<void> {
  const job = await db
    .selectFrom('job')
    .select('id')
    .where('saga', '=', 'delete-account')
    .where('instance_id', '=', id)
    .where('status', '=', 0)
    .executeTakeFirst();
  if (job) throw new CloudError('conflict', `The account ${name} is being deleted (job ${job.id}): wait for the end of that.`);
}

type RoleColumns = { readonly role_type: RoleType; readonly role_id: string | null };

/** The role of a new account, by its id or by its type. @throws {CloudError} `account`: it permits what the caller may not do. */
async function givenRole(
  context: Context,
  { roleid, accounttype }: Pick<ParamsOf<'createAccount'>, 'roleid' | 'accounttype'>,
  path: string,
): Promise<RoleColumns> {
  if (roleid !== undefined) return roleToGive(context, roleid, path);
  if (accounttype === undefined)
    return refuse('Say what the account may do: a roleid, or an accounttype (0 user, 1 admin, 2 domain admin).');
  const [role] = typesOf(accounttype);
  if (role === undefined || role === 'none')
    return refuse(`accounttype=${accounttype} is none of 0 (user), 1 (admin), 2 (domain admin), 3 (resource admin).`);
  return checkedRole(context, { role: role as RoleType }, { name: role, path, roleId: null });
}

async function roleToGive(context: Context, id: string, path: string): Promise<RoleColumns> {
  const { name, state, role_type } = await context.db
    .selectFrom('role')
    .select(['name', 'state', 'role_type'])
    .where('id', '=', id)
    .where('removed', 'is', null)
    // Nobody changes what it permits until it is given.
    .forShare()
    .executeTakeFirstOrThrow();
  if (state !== 'enabled') refuse(`The role ${name} is ${state}: enable it before it is given to anybody.`);
  const roleId = isTypesRole(id) ? null : id;
  return checkedRole(context, await rightsOf(context.db, role_type as RoleType, roleId), { name, path, roleId });
}

type Giving = { readonly name: string; readonly path: string; readonly roleId: string | null };

/** @throws {CloudError} `account`: it permits what the caller may not do; `parameter`: it does not belong into that domain. */
function checkedRole({ caller }: Context, rights: Rights, { name, path, roleId }: Giving): RoleColumns {
  if (!isAbove(caller, { ...rights, domainPath: path }))
    throw new CloudError('account', `You may not give the role ${name}: it permits what yours does not.`);
  if (rights.role === 'Admin' && path !== '/')
    refuse(`A role of the type Admin is for accounts of ROOT alone: below it, ResourceAdmin or DomainAdmin are what you want.`);
  return { role_type: rights.role, role_id: roleId };
}

async function newRole(context: Context, row: AccountRow, roleId: string): Promise<RoleColumns> {
  if (row.id === context.caller.accountId)
    throw new CloudError('account', 'Nobody changes the role of his own account: ask another admin.');
  if (isBuiltInAccount({ account: row.name, domainPath: row.path }))
    throw new CloudError('account', `The account ${row.name} of ROOT is built in: its role stays.`);
  return roleToGive(context, roleId, row.path);
}

async function newName({ db }: Context, row: AccountRow, name: string): Promise<string> {
  if (isBuiltInAccount({ account: row.name, domainPath: row.path }) && name !== row.name)
    throw new CloudError('account', `The account ${row.name} of ROOT is built in: its name stays.`);
  const domain: DomainRow = await lockedDomain(db, row.domain_id);
  await requireFreeAccountName(db, domain, name, row.id);
  return name;
}
