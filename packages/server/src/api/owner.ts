import { type AnyCommand, commands } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { projectsFor } from './entities.ts';
import type { Caller, Context, Owner } from './handler.ts';

/** The parameters that name the owner of a new thing (the contract's `owner`). */
type OwnerParams = {
  readonly account?: string | undefined;
  readonly domainid?: string | undefined;
  readonly projectid?: string | undefined;
};

export const ownerSelf = ({ accountId, domainId }: Caller): Owner => ({ accountId, domainId, projectId: null });

/** Whom a command makes something for: the caller, or the account or project that he names and may act for. @throws {CloudError} */
export async function ownerFor(context: Pick<Context, 'db' | 'caller' | 'command'>, params: object): Promise<Owner> {
  const { access }: AnyCommand = commands[context.command];
  return 'makes' in access ? ownerNamed(context, params) : ownerSelf(context.caller);
}

async function ownerNamed(context: Pick<Context, 'db' | 'caller' | 'command'>, params: OwnerParams): Promise<Owner> {
  const { caller } = context;
  const { account, projectid } = params;
  if (projectid !== undefined && account !== undefined)
    throw new CloudError('parameter', 'account and projectid: a thing belongs to an account or to a project. Give one of them.');
  if (projectid !== undefined && projectid !== '-1') return ownerInProject(context, projectid);
  const domainId = params.domainid ?? caller.domainId;
  if (account === undefined || (account === caller.account && domainId === caller.domainId)) return ownerSelf(caller);
  const found = caller.role === 'User' ? undefined : await accountNamed(context, account, domainId);
  // what is a root admin's, nobody beneath him makes
  const beneath = found?.role_type !== 'Admin' && found?.path.startsWith(caller.domainPath);
  if (!found || !(caller.role === 'Admin' || beneath))
    throw new CloudError('account', `There is no account ${account} in that domain for which you may act.`);
  return { accountId: found.id, domainId: found.domain_id, projectId: null };
}

const accountNamed = ({ db }: Pick<Context, 'db'>, name: string, domainId: string) =>
  db
    .selectFrom('account')
    .innerJoin('domain', 'domain.id', 'account.domain_id')
    .select(['account.id', 'account.domain_id', 'account.role_type', 'domain.path'])
    .where('account.name', '=', name)
    .where('account.domain_id', '=', domainId)
    .where('account.role_type', '!=', 'Project')
    .where('account.removed', 'is', null)
    .executeTakeFirst();

/** That the project is the caller's to name was settled with the parameter. */
async function ownerInProject({ db, caller, command }: Pick<Context, 'db' | 'caller' | 'command'>, id: string): Promise<Owner> {
  const project = await db
    .selectFrom('project')
    .select(['account_id', 'domain_id', 'name'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  if (caller.role === 'User' && !projectsFor(caller, command).includes(id))
    throw new CloudError('account', `Your role in the project ${project.name} does not permit ${command}.`);
  return { accountId: project.account_id, domainId: project.domain_id, projectId: id };
}

/** In which states an account has something made for it, or started: the machines of a locked one run on. */
const states = { 'new is made': ['enabled'], 'is started': ['enabled', 'locked'] } as const;

/**
 * The account or the project for which something is made or started stays as it is until the transaction ends: whoever disables, suspends or deletes it
 * waits for that.
 * @throws {CloudError} `account`: it is disabled, suspended or being deleted.
 */
export async function requireActive(
  db: Database,
  { accountId, projectId }: Pick<Owner, 'accountId' | 'projectId'>,
  done: keyof typeof states,
): Promise<void> {
  const row = projectId === null ? sql`account where id = ${accountId}` : sql`project where id = ${projectId}`;
  const { rows } = await sql<{ name: string; state: string }>`select name, state from ${row} for share`.execute(db);
  const { name, state } = rows[0]!;
  if (projectId === null && !(states[done] as readonly string[]).includes(state))
    throw new CloudError(
      'account',
      `The account ${name} is ${state}: nothing ${done} for it. An admin makes it usable again (enableAccount).`,
    );
  if (projectId !== null && state !== 'Active')
    throw new CloudError(
      'account',
      `The project ${name} is ${state}: nothing is made or started in it. An admin of it makes it usable again (activateProject).`,
    );
}
