import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Cloud } from '../cloud.ts';
import { jobChannel } from './enqueue.ts';
import { type ClaimedJob, followEvent, Superseded } from './journal.ts';
import { aliveServers, lockClass, type Presence } from './presence.ts';
import { type AnySaga, type JobEnds, runJob } from './run-job.ts';

export type DispatchOptions = {
  /** Jobs that this server runs at once. */
  readonly atOnce?: number;
  /** How often dead servers' jobs and missed notifications are looked for. */
  readonly pollMs?: number;
  readonly ends?: JobEnds;
};
export type Dispatcher = {
  /** Stops the runs and waits for them; their jobs stay open for whoever comes next. */
  stop(): Promise<void>;
};

/** Runs the jobs of the database, together with every other server that does. */
export async function startJobs(
  cloud: Cloud,
  sagas: readonly AnySaga[],
  presence: Presence,
  { atOnce = 50, pollMs = 3000, ends }: DispatchOptions = {},
): Promise<Dispatcher> {
  const known = new Map(sagas.map((s) => [s.name, s]));
  const running = new Set<Promise<void>>();
  const stopped = new AbortController();
  let claiming = false;
  let again = false;

  const wake = async (): Promise<void> => {
    again = true;
    if (claiming) return;
    claiming = true;
    try {
      while (again && !stopped.signal.aborted && !presence.seat.aborted && running.size < atOnce) {
        again = false;
        const jobs = await claim(cloud, presence.number, atOnce - running.size, [...known.keys()]);
        for (const job of jobs) start(job);
      }
    } catch (error) {
      cloud.log.warn({ err: error }, 'could not claim jobs');
    } finally {
      claiming = false;
    }
  };
  const start = (job: ClaimedJob): void => {
    const signal = AbortSignal.any([stopped.signal, presence.seat]);
    const run = runClaimed(cloud, known.get(job.saga)!, job, { signal, ends }).finally(() => {
      running.delete(run);
      void wake();
    });
    running.add(run);
  };

  await presence.listen(jobChannel, () => void wake());
  presence.onJoined(() => void wake());
  const poll = setInterval(() => void wake(), pollMs);
  void wake();
  return {
    async stop() {
      clearInterval(poll);
      stopped.abort(new Error('the server is stopping'));
      await Promise.all(running);
    },
  };
}

/** A run never throws: what it could not finish is given back, or was taken away. */
async function runClaimed(cloud: Cloud, saga: AnySaga, job: ClaimedJob, how: Parameters<typeof runJob>[3]): Promise<void> {
  try {
    await runJob(cloud, saga, job, how);
  } catch (error) {
    if (error instanceof Superseded) return cloud.log.warn({ job: job.id }, error.message);
    cloud.log.warn({ err: error, job: job.id }, 'a job is left open');
    await giveBack(cloud, job, how.signal);
  }
}

/** Without this a job whose server lives on would wait for that server's death. */
async function giveBack(cloud: Cloud, job: ClaimedJob, signal: AbortSignal): Promise<void> {
  for (let pause = 200; ; pause = Math.min(pause * 2, 5000)) {
    try {
      await cloud.db
        .updateTable('job')
        .set({ server_number: null })
        .where('id', '=', job.id)
        .where('epoch', '=', job.epoch)
        .where('status', '=', 0)
        .execute();
      return;
    } catch (error) {
      if (signal.aborted) return;
      cloud.log.warn({ err: error, job: job.id }, 'could not give a job back yet');
      await wait(pause, undefined, { signal }).catch(() => {});
    }
  }
}

/**
 * Takes jobs that nobody runs, and those of dead servers. One server claims at a time (a transaction's lock), so that two jobs of one subject are never
 * claimed side by side; the oldest of a subject goes first.
 */
async function claim(cloud: Cloud, number: number, room: number, sagas: readonly string[]): Promise<ClaimedJob[]> {
  return cloud.db.transaction().execute(async (tx) => {
    // A server that stalls here must not keep the others from claiming.
    await sql`set local idle_in_transaction_session_timeout = '2s'`.execute(tx);
    await sql`select pg_advisory_xact_lock(${lockClass}, 0)`.execute(tx);
    const { rows } = await sql<ClaimedJob & { first: boolean }>`
      with claimable as (
        select j.id from job j
        where j.status = 0 and j.saga = any(${sagas})
          and case when j.server_number is null
            then j.subject is null or not exists (
              select 1 from job o where o.status = 0 and o.subject = j.subject and o.id <> j.id
                and (o.server_number is not null or o.number < j.number))
            else j.server_number not in ${aliveServers} end
        order by j.number limit ${room})
      update job set server_number = ${number}, epoch = nextval('job_epoch'), started = coalesce(job.started, clock_timestamp())
      from claimable, job old where job.id = claimable.id and old.id = job.id
      returning job.id, job.saga, job.state, job.epoch, job.error_code, job.error_text, job.error_public, old.started is null as first`.execute(
      tx,
    );
    for (const job of rows) if (job.first) await followEvent(tx, job, 'Started', 'INFO');
    return rows;
  });
}
