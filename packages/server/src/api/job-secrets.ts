import { isCommandName } from '@virtstack/contract';
import { isAbove, type Standing, standingOf } from '../accounts/above.ts';
import { covers, mayCall, type Rule } from '../accounts/permissions.ts';
import type { Context } from './handler.ts';
import { isSealed } from './job-result.ts';

type Job = {
  readonly command: string;
  readonly user_id: string | null;
  readonly account_id: string | null;
  readonly result: Readonly<Record<string, unknown>> | null;
};

/**
 * Whether the caller may read what lies sealed in a job's result. Of somebody else's job: when he may do all that the other may, in the same account or as
 * his admin; that both are members of a project is not enough. Of his own: when he may call the command himself, by the key that he signs with, and a new
 * key that lies there opens no more than that one.
 */
export async function maySeeSecrets({ db, caller }: Pick<Context, 'db' | 'caller'>, job: Job): Promise<boolean> {
  if (!isSealed(job.result)) return true;
  if (job.user_id !== caller.userId) {
    const asker: Standing | undefined = job.account_id === null ? undefined : await standingOf(db, job.account_id);
    if (asker === undefined) return false;
    return job.account_id === caller.accountId ? covers(caller, asker) : isAbove(caller, asker);
  }
  if (job.command === 'registerUserKeys') return covers(caller, { ...caller, keyRules: rulesIn(job.result) });
  return isCommandName(job.command) && mayCall(caller, job.command);
}

/** The rules of the pair of keys that the job made. */
function rulesIn(result: Job['result']): readonly Rule[] {
  const [made] = Object.values(result ?? {}) as { permissions?: readonly Rule[] }[];
  return made?.permissions ?? [];
}
