import { agentMethods } from '@virtstack/protocol';
import { CloudError } from '../error.ts';
import { machineResult } from './machine-result.ts';
import { order } from './order.ts';
import { saga } from './saga.ts';
import { machineOf } from './stop-virtual-machine.ts';

export type Reboot = { readonly machineId: string; readonly forced: boolean };
const rebootMs = 120_000;

/** The guest stays Running throughout: a reboot is its own affair. */
export const rebootVirtualMachine = saga<Reboot>('reboot-virtual-machine', { result: machineResult }).step('guest', {
  do: async (run, { machineId, forced }) => {
    const vm = await machineOf(run, machineId);
    if (vm.state !== 'Running' || !vm.host_id)
      throw new CloudError('conflict', `${vm.display_name} is ${vm.state}; only a Running virtual machine can be rebooted.`);
    await order(
      run,
      vm.host_id,
      agentMethods.rebootGuest,
      { uuid: machineId, forced, epoch: run.epoch },
      { timeoutMs: rebootMs },
    );
  },
  undo: { nothing: 'a reboot cannot be taken back, and leaves nothing behind' },
});
