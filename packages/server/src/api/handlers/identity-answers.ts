import { type CommandName, type ParamsOf, type ResponseOf, validate } from '@virtstack/contract';
import { callerById } from '../../accounts/callers.ts';
import type { Run } from '../../orchestration/saga.ts';
import type { Context } from '../handler.ts';
import { ownerSelf } from '../owner.ts';
import { accounts } from './accounts.ts';
import { domains } from './domains.ts';
import { users } from './users.ts';

/** What asks a list for one thing, as a client would. */
function only<N extends CommandName>(command: N, id: string): ParamsOf<N> {
  const read = validate(command, [
    ['id', id],
    ['listall', 'true'],
  ]);
  if ('values' in read) return read.values;
  throw new Error(read.problems[0]!.message);
}

export const accountAnswer = async (context: Context, id: string): Promise<ResponseOf<'listAccounts'>> =>
  (await accounts.listAccounts({ ...context, command: 'listAccounts' }, only('listAccounts', id))).items[0]!;

export const userAnswer = async (context: Context, id: string): Promise<ResponseOf<'listUsers'>> =>
  (await users.listUsers({ ...context, command: 'listUsers' }, only('listUsers', id))).items[0]!;

export const domainAnswer = async (context: Context, id: string): Promise<ResponseOf<'listDomains'>> =>
  (await domains.listDomains({ ...context, command: 'listDomains' }, only('listDomains', id))).items[0]!;

/** As whoever asked for a job; nobody where he may no longer ask. */
export async function asAsker(run: Run): Promise<Context | undefined> {
  const { user_id } = await run.db.selectFrom('job').select('user_id').where('id', '=', run.jobId).executeTakeFirstOrThrow();
  const caller = user_id === null ? undefined : await callerById(run.db, user_id);
  return caller && { ...run, caller, command: 'queryAsyncJobResult', owner: ownerSelf(caller) };
}
