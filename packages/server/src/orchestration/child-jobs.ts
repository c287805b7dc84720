import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import { CloudError, type ErrorKind } from '../error.ts';
import type { JobRequest } from '../jobs/request.ts';
import type { Run } from './saga.ts';

/** Why a job failed, in the words for those whose things it was about, and in those for admins. */
type Failure = { readonly everybody: string; readonly admins: string };
/** A job that a job has done, how it ended, and what it was about. */
export type Child = { readonly request: JobRequest; readonly error: Failure | null };

/** An error that repeats why jobs failed: `text` says it to a reader. */
export const repeated = (kind: ErrorKind, text: (reader: keyof Failure) => string): CloudError =>
  new CloudError(kind, text('everybody'), { forAdmins: text('admins') });

const lookMs = 100;
const lanes = 8;

/**
 * The subject of a job that waits for others. Only a few such run at once: were there as many as jobs that run at once, they would wait for each other's
 * children for ever.
 */
export const waitingLane = (id: string): string => `waiting ${Number.parseInt(id.slice(0, 8), 16) % lanes}`;

/**
 * Has jobs done, each when its subject's turn comes, and answers when all have ended. They belong to whoever asked for this one. Asked again, it waits
 * for those that are open still.
 */
export async function haveDone(run: Run, command: string, requests: readonly JobRequest[]): Promise<Child[]> {
  const ids = await run.db.transaction().execute(async (tx) => {
    const owner = await tx
      .selectFrom('job')
      .select(['user_id', 'account_id as accountId', 'domain_id as domainId'])
      .where('id', '=', run.jobId)
      .executeTakeFirstOrThrow();
    const made: string[] = [];
    for (const request of requests) {
      const open = await tx
        .selectFrom('job')
        .select('id')
        .where('saga', '=', request.saga)
        .where('instance_id', '=', request.instance!.id)
        .where('status', '=', 0)
        .executeTakeFirst();
      const { user_id, ...whose } = owner;
      made.push(open?.id ?? (await run.jobs.enqueue(tx, request, { command, ...whose, ...(user_id && { userId: user_id }) })));
    }
    return made;
  });
  const errors = await ended(run, ids);
  return requests.map((request, index) => ({ request, error: errors.get(ids[index]!) ?? null }));
}

/** Waits for jobs; those that failed, with why. */
async function ended({ db, signal }: Run, ids: readonly string[]): Promise<ReadonlyMap<string, Failure>> {
  for (;;) {
    const jobs = ids.length === 0 ? [] : await selectEnds(db).where('id', 'in', ids).execute();
    if (jobs.every(({ status }) => status !== 0))
      return new Map(jobs.filter(({ status }) => status === 2).map((job) => [job.id, failureOf(job)]));
    await wait(lookMs, undefined, { signal });
  }
}

const selectEnds = (db: Database) => db.selectFrom('job').select(['id', 'status', 'error_text', 'error_public']);
const failureOf = ({ error_text, error_public }: { error_text: string | null; error_public: string | null }): Failure => {
  const everybody = error_public ?? error_text ?? 'it failed';
  return { everybody, admins: error_text ?? everybody };
};
