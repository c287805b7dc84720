import { machineResponses } from '../api/handlers/virtual-machine-response.ts';
import { withMoreForAdmins } from '../api/job-result.ts';
import type { Run } from './saga.ts';

/** A job's result: the machine as whoever reads the result is shown it. */
export const machineResult = async (
  { db }: Run,
  { machineId }: { readonly machineId: string },
): Promise<Record<string, unknown>> => {
  const [[machine], [whole]] = await Promise.all([
    machineResponses(db, [machineId], { admin: false }),
    machineResponses(db, [machineId], { admin: true }),
  ]);
  if (!machine || !whole) return { success: true };
  return { virtualmachine: { ...withMoreForAdmins(machine, whole), jobid: undefined, jobstatus: undefined } };
};
