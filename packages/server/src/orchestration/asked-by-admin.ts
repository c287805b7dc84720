import type { Run } from './saga.ts';

/** Whether an admin asked for the job: its result is shown as to that caller. */
export async function askedByAdmin({ db, jobId }: Run): Promise<boolean> {
  const owner = await db
    .selectFrom('job')
    .innerJoin('account', 'account.id', 'job.account_id')
    .select('account.role_type')
    .where('job.id', '=', jobId)
    .executeTakeFirst();
  return owner?.role_type === 'Admin';
}
