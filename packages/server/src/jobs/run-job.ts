import { setTimeout as wait } from 'node:timers/promises';
import type { Cloud } from '../cloud.ts';
import { isDatabaseAway } from '../db/database-away.ts';
import { CloudError, type ErrorKind, errorCodes, isCloudError, wordsFor } from '../error.ts';
import { raiseAlert } from '../hosts/alert.ts';
import type { Run } from '../orchestration/saga.ts';
import {
  advance,
  type ClaimedJob,
  type Direction,
  entriesOf,
  finish,
  type JournalEntry,
  Superseded,
  stepFailed,
} from './journal.ts';
import { progressWriter } from './progress.ts';

/** A saga whose state's type is its own affair: to the journal it is JSON. Every `Saga<S>` is one. */
export type AnySaga = {
  readonly name: string;
  readonly steps: readonly AnyStep[];
  readonly result: ((run: Run, state: never) => Promise<Record<string, unknown>>) | undefined;
  readonly failed: ((run: Run, state: never, error: unknown) => Promise<void>) | undefined;
};
type AnyStep = {
  readonly name: string;
  readonly do: (run: Run, state: never) => Promise<object | undefined> | Promise<void>;
  readonly undo: ((run: Run, state: never) => Promise<void>) | { readonly nothing: string };
};

/** Told before a job's end is written, so that none is missed; where the write fails and a later run ends it, told again. It never throws. */
export type JobEnds = (jobId: string, failure: ErrorKind | undefined) => Promise<void>;

type State = Record<string, unknown>;
type Course = { readonly run: Run; readonly saga: AnySaga; readonly job: ClaimedJob; state: State };

/**
 * Runs a claimed job from where its journal stands to its end. Leaves it open (and throws) when the signal aborts, when another run took it over, or
 * when the database is away: a later run goes on.
 */
export async function runJob(
  cloud: Cloud,
  saga: AnySaga,
  job: ClaimedJob,
  { signal, ends }: { readonly signal: AbortSignal; readonly ends?: JobEnds | undefined },
): Promise<void> {
  const progress = progressWriter(cloud, job);
  const run: Run = { ...cloud, jobId: job.id, epoch: job.epoch, signal, progress };
  const course: Course = { run, saga, job, state: { ...job.state } };
  const journal = await entriesOf(cloud.db, job.id);
  const failure = job.error_code === null ? await forward(course, journal) : storedFailure(job);
  if (failure === undefined) {
    const result = (await saga.result?.(run, course.state as never)) ?? { success: true };
    await ends?.(job.id, undefined);
    return finish(cloud.db, job, { result });
  }
  await backward(course, job.error_code === null ? await entriesOf(cloud.db, job.id) : journal);
  await tellFailed(course, failure);
  await ends?.(job.id, failure.kind);
  await finish(cloud.db, job, { failed: true });
}

/** Does the steps that are not journalled as done; answers the error of the one that failed. */
async function forward(course: Course, journal: readonly JournalEntry[]): Promise<CloudError | undefined> {
  const { run, job, saga } = course;
  const open = saga.steps.filter((step) => !has(journal, step.name, 'do', 'done'));
  if (open[0]) await advance(run.db, job, 'do', undefined, open[0].name);
  for (const [index, step] of open.entries()) {
    let change: object;
    try {
      run.signal.throwIfAborted();
      change = (await step.do(run, course.state as never)) ?? {};
    } catch (error) {
      rethrowIfNotTheStep(run, error);
      const failure = asCloudError(run, error, step.name);
      const text = wordsFor(true, failure);
      await stepFailed(run.db, job, 'do', step.name, { code: errorCodes[failure.kind], text, public: failure.message });
      return failure;
    }
    course.state = { ...course.state, ...change };
    await advance(run.db, job, 'do', { name: step.name, state: course.state }, open[index + 1]?.name);
  }
  return undefined;
}

/** Undoes what was begun, the failed step first. An undo that goes on failing is journalled, told by an alert, and passed over. */
async function backward(course: Course, journal: readonly JournalEntry[]): Promise<void> {
  const { run, job, saga } = course;
  const begun = saga.steps.filter((step) => has(journal, step.name, 'do')).reverse();
  for (const step of begun) {
    if ('nothing' in step.undo || has(journal, step.name, 'undo', 'done') || has(journal, step.name, 'undo', 'failed')) continue;
    await advance(run.db, job, 'undo', undefined, step.name);
    const error = await tryUndo(course, step);
    if (error === undefined) await advance(run.db, job, 'undo', { name: step.name, state: course.state }, undefined);
    else await giveUpUndo(course, step.name, error);
  }
}

const undoPauses = [200, 1000, 3000];
async function tryUndo(course: Course, step: AnyStep): Promise<unknown> {
  const { run } = course;
  for (let attempt = 0; ; attempt++) {
    try {
      run.signal.throwIfAborted();
      if (!('nothing' in step.undo)) await step.undo(run, course.state as never);
      return undefined;
    } catch (error) {
      rethrowIfNotTheStep(run, error);
      if (attempt === undoPauses.length) return error;
      await wait(undoPauses[attempt], undefined, { signal: run.signal });
    }
  }
}

async function giveUpUndo(course: Course, name: string, error: unknown): Promise<void> {
  const { run, job, saga } = course;
  const failure = asCloudError(run, error, `undo of ${name}`);
  const text = `Undoing step "${name}" of ${saga.name} failed, what it made may be left behind: ${wordsFor(true, failure)}`;
  await stepFailed(run.db, job, 'undo', name, { code: errorCodes[failure.kind], text, public: text });
  await raiseAlert(run.db, { name: 'JOB.UNDO', description: `${text} (job ${job.id})` });
}

async function tellFailed(course: Course, failure: CloudError): Promise<void> {
  try {
    await course.saga.failed?.(course.run, course.state as never, failure);
  } catch (error) {
    rethrowIfNotTheStep(course.run, error);
    course.run.log.error({ err: error, job: course.job.id }, 'could not tell of a failed job');
  }
}

const has = (journal: readonly JournalEntry[], name: string, direction: Direction, status?: string): boolean =>
  journal.some((e) => e.name === name && e.direction === direction && (status === undefined || e.status === status));

/** What is no fault of the step: the run was stopped or replaced, or nobody could journal the fault. */
function rethrowIfNotTheStep(run: Run, error: unknown): void {
  if (run.signal.aborted || error instanceof Superseded || isDatabaseAway(error)) throw error;
}

function asCloudError(run: Run, error: unknown, step: string): CloudError {
  run.log.warn({ err: error, job: run.jobId, step }, 'a step failed');
  if (isCloudError(error)) return error;
  return new CloudError('internal', `Something unexpected went wrong; the server's log has it under job ${run.jobId}.`, {
    cause: error,
  });
}

const storedFailure = (job: ClaimedJob): CloudError => {
  const kind = (Object.keys(errorCodes) as (keyof typeof errorCodes)[]).find((k) => errorCodes[k] === job.error_code);
  const words = job.error_public ?? job.error_text ?? '';
  return new CloudError(kind ?? 'internal', words, { ...(job.error_text !== null && { forAdmins: job.error_text }) });
};
