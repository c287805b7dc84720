import type { JobRequest } from '../jobs/request.ts';

/** A job about one volume; one that concerns a machine too waits for that machine's turn. */
export const volumeJob = (
  saga: string,
  volumeId: string,
  { machineId, ...more }: { readonly machineId?: string } & Record<string, unknown> = {},
): JobRequest => ({
  saga,
  state: { volumeId, ...(machineId && { machineId }), ...more },
  subject: machineId ?? volumeId,
  instance: { type: 'Volume', id: volumeId },
});
