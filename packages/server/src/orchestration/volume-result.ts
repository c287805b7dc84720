import { volumeResponses } from '../api/handlers/volumes.ts';
import type { Run } from './saga.ts';

/** A job's result: the volume as whoever asked for the job would be shown it. */
export const volumeResult = async (run: Run, { volumeId }: { readonly volumeId: string }): Promise<Record<string, unknown>> => {
  const owner = await run.db
    .selectFrom('job')
    .innerJoin('account', 'account.id', 'job.account_id')
    .select('account.role_type')
    .where('job.id', '=', run.jobId)
    .executeTakeFirst();
  const [volume] = await volumeResponses(run.db, [volumeId], owner?.role_type === 'Admin');
  return volume ? { volume: { ...volume, jobid: undefined, jobstatus: undefined } } : { success: true };
};
