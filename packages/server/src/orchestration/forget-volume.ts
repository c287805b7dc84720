import type { Database } from '../db/database.ts';
import type { JobRequest } from '../jobs/request.ts';
import { volumeJob } from './volume-job.ts';

/** A volume's row goes now; its file is the job's affair. */
export async function forgetVolume(db: Database, id: string): Promise<JobRequest> {
  await db.updateTable('volume').set({ removed: new Date(), state: 'Expunged' }).where('id', '=', id).execute();
  return volumeJob('delete-volume', id);
}
