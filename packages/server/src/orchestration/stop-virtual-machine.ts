import { agentMethods } from '@virtstack/protocol';
import { sql } from 'kysely';
import { CloudError } from '../error.ts';
import { machineResult } from './machine-result.ts';
import { agentPatienceMs, order } from './order.ts';
import { type Run, type Step, saga } from './saga.ts';
import { settleMigration } from './settle-migration.ts';

export type Halt = {
  readonly machineId: string;
  readonly forced: boolean;
  /** Where it ran; absent: nowhere. */
  readonly hostId?: string;
  /** The state to which a failure leads back. */
  readonly before?: string;
};
type HaltStep = Omit<Step<Halt>, 'name'>;

/** How long a guest may take to shut down before it is powered off, seconds. */
const politeSeconds = 60;
const haltMs = (politeSeconds + 60) * 1000;

/** Shown as Stopping. */
export const showStopping: HaltStep = {
  do: async (run, { machineId }) => {
    // One of which nobody knows on which of two hosts it runs would be looked for on the wrong one.
    await settleMigration(run, machineId, agentPatienceMs);
    const vm = await machineOf(run, machineId);
    if (!vm.host_id) return { before: vm.state };
    const before = vm.state === 'Stopping' ? 'Running' : vm.state;
    await setState(run, machineId, 'Stopping');
    return { hostId: vm.host_id, before };
  },
  undo: (run, { machineId, before }) => setState(run, machineId, before ?? 'Running', 'Stopping'),
};

/** The guest shuts down, or is powered off. A host that stays away is no reason to believe that it did. */
export const stopGuest: HaltStep = {
  do: async (run, { machineId, hostId, forced }) => {
    if (!hostId) return;
    const params = { uuid: machineId, forced, timeoutSeconds: forced ? 0 : politeSeconds, epoch: run.epoch };
    await order(run, hostId, agentMethods.stopGuest, params, { timeoutMs: haltMs });
  },
  undo: { nothing: 'a guest that is down stays down; its host’s word then shows it as Stopped' },
};

/** Shown as Stopped, its place on the host free. */
export const showStopped: HaltStep = {
  do: async (run, { machineId, hostId }) => {
    if (!hostId) return;
    await run.db
      .updateTable('virtual_machine')
      .set({
        state: 'Stopped',
        power_state: 'shutoff',
        host_id: null,
        last_host_id: hostId,
        state_changed: sql<Date>`clock_timestamp()`,
      })
      .where('id', '=', machineId)
      .execute();
  },
  undo: { nothing: 'the guest is down, which is what it says' },
};

export const stopVirtualMachine = saga<Halt>('stop-virtual-machine', { result: machineResult })
  .step('stopping', showStopping)
  .step('guest', stopGuest)
  .step('stopped', showStopped);

export async function machineOf(
  { db }: Run,
  machineId: string,
): Promise<{ state: string; host_id: string | null; last_host_id: string | null; display_name: string }> {
  const vm = await db
    .selectFrom('virtual_machine')
    .select(['state', 'host_id', 'last_host_id', 'display_name'])
    .where('id', '=', machineId)
    .where('removed', 'is', null)
    .executeTakeFirst();
  if (!vm) throw new CloudError('parameter', 'The virtual machine no longer exists.');
  return vm;
}

/** `from`: only where it is in that state. */
export async function setState({ db }: Run, machineId: string, state: string, from?: string): Promise<void> {
  await db
    .updateTable('virtual_machine')
    .set({ state, state_changed: sql<Date>`clock_timestamp()` })
    .where('id', '=', machineId)
    .where('removed', 'is', null)
    .$if(from !== undefined, (query) => query.where('state', '=', from!))
    .execute();
}
