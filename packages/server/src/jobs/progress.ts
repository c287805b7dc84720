import type { Cloud } from '../cloud.ts';
import type { ClaimedJob } from './journal.ts';

/** Writes a job's progress at most once a second; losing one harms nobody. */
export function progressWriter(cloud: Cloud, job: ClaimedJob): (percent: number) => void {
  let last = 0;
  return (percent) => {
    const now = Date.now();
    if (now - last < 1000) return;
    last = now;
    cloud.db
      .updateTable('job')
      .set({ progress: Math.max(0, Math.min(99, Math.round(percent))) })
      .where('id', '=', job.id)
      .where('epoch', '=', job.epoch)
      .where('status', '=', 0)
      .execute()
      .catch((error: unknown) => cloud.log.debug({ err: error, job: job.id }, 'progress was not written'));
  };
}
