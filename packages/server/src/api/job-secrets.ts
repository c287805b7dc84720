import { standingOf } from '../accounts/above.ts';
import { covers, type Rule } from '../accounts/permissions.ts';
import type { Context } from './handler.ts';
import { isSealed } from './job-result.ts';

type Job = {
  readonly user_id: string | null;
  readonly account_id: string | null;
  readonly result: Readonly<Record<string, unknown>> | null;
};

/**
 * Whether the caller may read what lies sealed in a job's result: he may do all that whoever asked for the job may. Others who see the job (an admin of the
 * domain, a key with rules) do not read the secret of a key that opens more than theirs.
 */
export async function maySeeSecrets({ db, caller }: Pick<Context, 'db' | 'caller'>, job: Job): Promise<boolean> {
  if (!isSealed(job.result) || job.account_id === null) return true;
  const asker = await standingOf(db, job.account_id);
  return covers(caller, job.user_id === caller.userId ? { ...asker, keyRules: rulesIn(job.result) } : asker);
}

/** The rules of the pair of keys that the job made. */
function rulesIn(result: Job['result']): readonly Rule[] {
  const [made] = Object.values(result ?? {}) as { permissions?: readonly Rule[] }[];
  return made?.permissions ?? [];
}
