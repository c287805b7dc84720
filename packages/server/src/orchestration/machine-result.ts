import { machineResponses } from '../api/handlers/virtual-machine-response.ts';
import { askedByAdmin } from './asked-by-admin.ts';
import type { Run } from './saga.ts';

/** A job's result: the machine as whoever asked for the job would be shown it. */
export const machineResult = async (
  run: Run,
  { machineId }: { readonly machineId: string },
): Promise<Record<string, unknown>> => {
  const [machine] = await machineResponses(run.db, [machineId], { admin: await askedByAdmin(run) });
  return machine ? { virtualmachine: { ...machine, jobid: undefined, jobstatus: undefined } } : { success: true };
};
