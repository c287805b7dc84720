import { CloudError } from '../error.ts';
import { type Boot, prepare, showRunning, startGuest, takeHost } from './boot.ts';
import { machineResult } from './machine-result.ts';
import { saga } from './saga.ts';

/** Brings a Stopped machine up; its disk is made here where it never ran. */
export const startVirtualMachine = saga<Boot>('start-virtual-machine', { result: machineResult })
  .step('stopped', {
    do: async (run, { machineId }) => {
      const vm = await run.db
        .selectFrom('virtual_machine')
        .select(['state', 'display_name'])
        .where('id', '=', machineId)
        .executeTakeFirst();
      if (vm?.state !== 'Stopped' && vm?.state !== 'Starting')
        throw new CloudError(
          'conflict',
          `${vm?.display_name ?? 'The virtual machine'} is ${vm?.state ?? 'gone'}; only a Stopped one can be started.`,
        );
    },
    undo: { nothing: 'it only looks' },
  })
  .step('host', takeHost)
  .step('disks-and-networks', prepare)
  .step('guest', startGuest)
  .step('running', showRunning);
