import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql, type Updateable } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/schema.ts';

export type Direction = 'do' | 'undo';
/** A job as its run has it in hand; `epoch` proves that the run is still the one. */
export type ClaimedJob = {
  readonly id: string;
  readonly saga: string;
  readonly state: Record<string, unknown>;
  readonly epoch: number;
  readonly error_code: number | null;
  readonly error_text: string | null;
  readonly error_public: string | null;
};
export type JournalEntry = { readonly name: string; readonly direction: string; readonly status: string };

/** Another run has the job now: this one stops without a trace. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

export const entriesOf = (db: Database, jobId: string): Promise<JournalEntry[]> =>
  db.selectFrom('job_step').select(['name', 'direction', 'status']).where('job_id', '=', jobId).orderBy('id').execute();

/**
 * Ends a step and begins the next: one statement, so that a boundary between steps costs one round trip and one commit. It proves the run like `hold`.
 * @throws {Superseded}
 */
export async function advance(
  db: Database,
  job: ClaimedJob,
  direction: Direction,
  ended: { name: string; state: object } | undefined,
  begun: string | undefined,
): Promise<void> {
  const { rows } = await sql`
    with held as (
      update job set state = coalesce(${ended ? JSON.stringify(ended.state) : null}::jsonb, state)
      where id = ${job.id} and epoch = ${job.epoch} and status = 0 returning id),
    closed as (
      update job_step set status = 'done', finished = clock_timestamp() from held
      where job_id = held.id and name = ${ended?.name ?? null} and direction = ${direction} and epoch = ${job.epoch} and status = 'started'),
    begun as (
      insert into job_step (job_id, name, direction, status, epoch)
      select id, ${begun ?? null}, ${direction}, 'started', ${job.epoch} from held where ${begun !== undefined})
    select id from held`.execute(db);
  if (rows.length === 0) throw superseded(job);
}

/** A step failed for good. Where it was a `do`, the job turns back: its error is written now and tells a later run so. */
export async function stepFailed(
  db: Database,
  job: ClaimedJob,
  direction: Direction,
  name: string,
  error: { code: number; text: string; public: string },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await hold(
      tx,
      job,
      direction === 'do' ? { error_code: error.code, error_text: error.text, error_public: error.public } : undefined,
    );
    await tx
      .updateTable('job_step')
      .set({ status: 'failed', error: error.text, finished: sql<Date>`clock_timestamp()` })
      .where('job_id', '=', job.id)
      .where('name', '=', name)
      .where('direction', '=', direction)
      .where('epoch', '=', job.epoch)
      .where('status', '=', 'started')
      .execute();
  });
}

/** The very last write of a job, together with its event. */
export async function finish(db: Database, job: ClaimedJob, outcome: { result: object } | { failed: true }): Promise<void> {
  const done = 'result' in outcome;
  await db.transaction().execute(async (tx) => {
    await hold(tx, job, {
      status: done ? 1 : 2,
      progress: 100,
      completed: sql<Date>`clock_timestamp()`,
      ...(done && { result: JSON.stringify(outcome.result) }),
    });
    await followEvent(tx, job, 'Completed', done ? 'INFO' : 'ERROR');
  });
}

/** Adds the next event of a job's chain (Scheduled, Started, Completed). It is whose the thing is: who reads it there need not be an admin, who asked for the job. */
export async function followEvent(db: Database, job: { id: string }, state: string, level: string): Promise<void> {
  const what = sql`regexp_replace(e.description, '^Scheduled ', '')`;
  const words =
    state === 'Started'
      ? sql`'Starting job for ' || ${what}`
      : level === 'ERROR'
        ? sql`'Error while running ' || ${what} || coalesce(': ' || case when owner.role_type = 'Admin' then j.error_text else j.error_public end, '')`
        : sql`'Successfully completed ' || ${what}`;
  await sql`
    insert into event (id, type, level, state, description, account_id, domain_id, project_id, user_id, resource_type, resource_id, start_id)
    select ${randomUUID()}, e.type, ${level}, ${state}, ${words}, e.account_id, e.domain_id, e.project_id, e.user_id, e.resource_type, e.resource_id, e.id
    from job j join event e on e.id = j.start_event_id left join account owner on owner.id = e.account_id where j.id = ${job.id}`.execute(
    db,
  );
}

const superseded = (job: ClaimedJob): Superseded => new Superseded(`job ${job.id} is no longer run ${job.epoch}`);

type JobPatch = Omit<Updateable<Tables['job']>, 'completed'> & { completed?: RawBuilder<Date> };

/** Proves the run, locks the job's row, and writes the patch. @throws {Superseded} */
async function hold(tx: Database, job: ClaimedJob, patch?: JobPatch): Promise<void> {
  const result = await tx
    .updateTable('job')
    .set(patch ?? { epoch: job.epoch })
    .where('id', '=', job.id)
    .where('epoch', '=', job.epoch)
    .where('status', '=', 0)
    .executeTakeFirst();
  if (result.numUpdatedRows !== 1n) throw superseded(job);
}
