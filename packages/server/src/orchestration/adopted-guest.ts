import { agentMethods } from '@virtstack/protocol';
import { removeOn } from '../hosts/leftovers.ts';
import { order } from './order.ts';
import type { Run } from './saga.ts';

const startMs = 120_000;

/** Its domain was there before it: the definition is on one host alone, and is neither made anew nor taken away by a start. */
export async function isAdopted({ db }: Run, machineId: string): Promise<boolean> {
  const { adopted } = await db
    .selectFrom('virtual_machine')
    .select('adopted')
    .where('id', '=', machineId)
    .executeTakeFirstOrThrow();
  return adopted;
}

export async function startAsItIs(run: Run, machineId: string, hostId: string): Promise<void> {
  await order(run, hostId, agentMethods.startAdopted, { uuid: machineId, epoch: run.epoch }, { timeoutMs: startMs });
}

/** The same backwards: the power goes, the definition stays. Answers whether it is done now. */
export const endAsItIs = (run: Run, machineId: string, hostId: string): Promise<boolean> =>
  removeOn(run, hostId, 'stopGuest', { uuid: machineId, forced: true, timeoutSeconds: 0, epoch: run.epoch }, run.signal);
