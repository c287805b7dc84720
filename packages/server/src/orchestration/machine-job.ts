import type { JobRequest } from '../jobs/request.ts';

/** A job about one machine: such jobs run one after another. */
export const machineJob = (saga: string, machineId: string, more: Record<string, unknown> = {}): JobRequest => ({
  saga,
  state: { machineId, ...more },
  subject: machineId,
  instance: { type: 'VirtualMachine', id: machineId },
});
