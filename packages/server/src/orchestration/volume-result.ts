import { volumeResponses } from '../api/handlers/volumes.ts';
import { withMoreForAdmins } from '../api/job-result.ts';
import type { Run } from './saga.ts';

/** A job's result: the volume as whoever reads the result is shown it. */
export const volumeResult = async (
  { db }: Run,
  { volumeId }: { readonly volumeId: string },
): Promise<Record<string, unknown>> => {
  const [[volume], [whole]] = await Promise.all([volumeResponses(db, [volumeId], false), volumeResponses(db, [volumeId], true)]);
  if (!volume || !whole) return { success: true };
  return { volume: { ...withMoreForAdmins(volume, whole), jobid: undefined, jobstatus: undefined } };
};
