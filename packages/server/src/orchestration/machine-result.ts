import { machineResponses } from '../api/handlers/virtual-machine-response.ts';
import type { Run } from './saga.ts';

/** A job's result: the machine as whoever asked for the job would be shown it. */
export const machineResult = async (
  run: Run,
  { machineId }: { readonly machineId: string },
): Promise<Record<string, unknown>> => {
  const owner = await run.db
    .selectFrom('job')
    .innerJoin('account', 'account.id', 'job.account_id')
    .select('account.role_type')
    .where('job.id', '=', run.jobId)
    .executeTakeFirst();
  const [machine] = await machineResponses(run.db, [machineId], { admin: owner?.role_type === 'Admin' });
  return machine ? { virtualmachine: { ...machine, jobid: undefined, jobstatus: undefined } } : { success: true };
};
