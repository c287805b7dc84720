import { setTimeout as wait } from 'node:timers/promises';
import type { CommandName, Json } from '@virtstack/contract';
import type { Cloud } from '../cloud.ts';
import { isDatabaseAway } from '../db/database-away.ts';
import { CloudError, type ErrorKind, errorCodes } from '../error.ts';
import { contentOf } from './job-result.ts';

const firstLookMs = 10;
const longestPauseMs = 300;

/**
 * Waits for the end of a command's job and answers what belongs into the command's envelope.
 * @throws {CloudError} why the job failed; `unavailable`: this server stops, and the job goes on
 */
export async function contentOfEnded(
  cloud: Pick<Cloud, 'db' | 'stopping'>,
  command: CommandName,
  jobId: string,
): Promise<Readonly<Record<string, Json>>> {
  for (let pause = firstLookMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    const job = await lookAt(cloud, jobId);
    if (job?.status === 1) return contentOf(command, { id: jobId, result: job.result ?? { success: true } });
    if (job?.status === 2) throw new CloudError(kindOf(job.error_code), job.error_text ?? 'The job failed.');
    await wait(pause, undefined, { signal: cloud.stopping }).catch(() => {});
    if (cloud.stopping.aborted) throw goesOn(jobId);
  }
}

/** Undefined while the database is away. */
const lookAt = ({ db }: Pick<Cloud, 'db'>, jobId: string) =>
  db
    .selectFrom('job')
    .select(['status', 'result', 'error_code', 'error_text'])
    .where('id', '=', jobId)
    .executeTakeFirstOrThrow()
    .catch((error: unknown) => {
      if (!isDatabaseAway(error)) throw error;
    });

const goesOn = (jobId: string): CloudError =>
  new CloudError(
    'unavailable',
    `This management server is stopping. The job ${jobId} goes on when it is back, or on another one: queryAsyncJobResult tells how it ends.`,
  );

const kindOf = (code: number | null): ErrorKind =>
  (Object.keys(errorCodes) as ErrorKind[]).find((kind) => errorCodes[kind] === code) ?? 'internal';
