import { sql } from 'kysely';
import { expungeSteps } from './expunge-virtual-machine.ts';
import { machineResult } from './machine-result.ts';
import { saga } from './saga.ts';
import { type Halt, machineOf, showStopped, showStopping, stopGuest } from './stop-virtual-machine.ts';

/** A destroyed machine keeps its volumes and addresses until it is expunged, so that it can be recovered. */
export const destroyVirtualMachine = saga<Halt>('destroy-virtual-machine', { result: machineResult })
  .step('stopping', showStopping)
  .step('guest', stopGuest)
  .step('stopped', showStopped)
  .step('destroyed', {
    do: async (run, { machineId }) => {
      const vm = await machineOf(run, machineId);
      if (vm.state === 'Destroyed') return;
      await run.db
        .updateTable('virtual_machine')
        .set({ state: 'Destroyed', destroyed: sql<Date>`clock_timestamp()`, state_changed: sql<Date>`clock_timestamp()` })
        .where('id', '=', machineId)
        .execute();
    },
    undo: { nothing: 'it is the last step, one write that happens or does not' },
  });

/** `expunge=true`: the same, and then nothing is kept. Told is what it was: strict clients read a machine there. */
export const destroyAndExpunge = expungeSteps<Halt>(
  destroyVirtualMachine.steps.reduce(
    (all, { name, ...step }) => all.step(name, step),
    saga<Halt>('destroy-and-expunge-virtual-machine', { result: machineResult }),
  ),
);
