import type { Run } from '../orchestration/saga.ts';

/** Ends the conversation with a host's agent, which begins another. An Up that is seen from now on is a new one. */
export async function connectAnew(run: Run, hostId: string): Promise<void> {
  await run.db
    .updateTable('host')
    .set({ status: 'Disconnected', disconnected: new Date() })
    .where('id', '=', hostId)
    .where('status', '=', 'Up')
    .execute();
  await run.agents.disconnect(hostId);
}
