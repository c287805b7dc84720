import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { type ErrorKind, errorCodes } from '../error.ts';

/** The line that a job ends with: as that of its command, which says from where it was asked for. Undefined: there is no such job. */
export async function jobRecord(db: Database, jobId: string, failure: ErrorKind | undefined): Promise<object | undefined> {
  const job = await jobOf(db, jobId);
  if (!job) return undefined;
  const { command, id, ms, ...who } = job;
  return {
    time: new Date().toISOString(),
    ...Object.fromEntries(Object.entries(who).filter(([, value]) => value !== null)),
    command,
    outcome: failure ? 'failed' : 'done',
    ...(failure && { error: failure, code: errorCodes[failure] }),
    job: jobId,
    ...(id !== null && { id }),
    ms: Math.round(ms),
  };
}

const jobOf = (db: Database, jobId: string) =>
  db
    .selectFrom('job')
    .leftJoin('users', 'users.id', 'job.user_id')
    .leftJoin('account', 'account.id', 'job.account_id')
    .leftJoin('domain', 'domain.id', 'job.domain_id')
    .select(['users.username as user', 'job.user_id as userid', 'account.name as account', 'job.account_id as accountid'])
    .select(['domain.path as domain', 'job.domain_id as domainid', 'job.command', 'job.instance_id as id'])
    .select(sql<number>`(extract(epoch from clock_timestamp() - job.created) * 1000)::float8`.as('ms'))
    .where('job.id', '=', jobId)
    .executeTakeFirst();
