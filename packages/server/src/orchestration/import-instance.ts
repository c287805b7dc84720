import { agentMethods } from '@virtstack/protocol';
import { sql } from 'kysely';
import { removeOn } from '../hosts/leftovers.ts';
import { applyWhereNeeded } from './apply-network.ts';
import { forgetMachine } from './forget-machine.ts';
import { machineResult } from './machine-result.ts';
import { order } from './order.ts';
import { type Run, saga } from './saga.ts';

export type Import = { readonly machineId: string; readonly hostId: string; readonly state?: string };

const markMs = 120_000;

/** A domain that was recorded as a machine is marked as the cloud's on its host, which looks once more at what stands against it. */
export const importInstance = saga<Import>('import-unmanaged-instance', { result: machineResult })
  .step('recorded', {
    do: async () => {},
    undo: async ({ db }, { machineId }) => {
      await db.transaction().execute((tx) => forgetMachine(tx, machineId));
    },
  })
  .step('mark', {
    do: (run, { machineId, hostId }) =>
      order(run, hostId, agentMethods.adoptGuest, { uuid: machineId, epoch: run.epoch }, { timeoutMs: markMs }),
    undo: async (run, { machineId, hostId }) => {
      await removeOn(run, hostId, 'releaseGuest', { uuid: machineId, epoch: run.epoch }, run.signal);
    },
  })
  .step('shown', {
    do: async (run, state) => {
      await showAsItIs(run, state);
      await readyNetworks(run, state);
    },
    undo: { nothing: 'the row goes' },
  });

/** It is as its host says, and its host's next word would say the same. */
async function showAsItIs({ db }: Run, { machineId, hostId, state }: Import): Promise<void> {
  const runs = state === 'running' || state === 'paused';
  await db
    .updateTable('virtual_machine')
    .set({
      state: runs ? 'Running' : 'Stopped',
      host_id: runs ? hostId : null,
      power_state: state ?? 'unknown',
      state_changed: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', machineId)
    .execute();
}

async function readyNetworks(run: Run, { machineId, hostId }: Import): Promise<void> {
  const nics = await run.db
    .selectFrom('nic')
    .select('network_id')
    .distinct()
    .where('virtual_machine_id', '=', machineId)
    .execute();
  for (const { network_id } of nics) await applyWhereNeeded(run, network_id, [hostId]);
}
