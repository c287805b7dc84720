import { volumeResponses } from '../api/handlers/volumes.ts';
import { askedByAdmin } from './asked-by-admin.ts';
import type { Run } from './saga.ts';

/** A job's result: the volume as whoever asked for the job would be shown it. */
export const volumeResult = async (run: Run, { volumeId }: { readonly volumeId: string }): Promise<Record<string, unknown>> => {
  const [volume] = await volumeResponses(run.db, [volumeId], await askedByAdmin(run));
  return volume ? { volume: { ...volume, jobid: undefined, jobstatus: undefined } } : { success: true };
};
