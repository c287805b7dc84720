import { type Boot, prepare, showRunning, startGuest, takeHost } from './boot.ts';
import { machineResult } from './machine-result.ts';
import { releaseAddresses, releaseVolumes, showError } from './release.ts';
import { saga } from './saga.ts';

const ends = {
  result: machineResult,
  failed: async (run, { machineId }, error) => showError(run, machineId, error),
} satisfies Parameters<typeof saga<Boot>>[1];

/** What the command recorded (machine, volumes, addresses) is here the first thing to be given back. */
const recorded = {
  do: async () => {},
  undo: async (run, { machineId, hostId }) => {
    await releaseVolumes(run, machineId);
    await releaseAddresses(run, machineId, hostId);
  },
} satisfies Parameters<ReturnType<typeof saga<Boot>>['step']>[1];

export const deployVirtualMachine = saga<Boot>('deploy-virtual-machine', ends)
  .step('recorded', recorded)
  .step('host', takeHost)
  .step('disks-and-networks', prepare)
  .step('guest', startGuest)
  .step('running', showRunning);

/** `startvm=false`: the machine is there and Stopped, its disk is made at its first start. */
export const recordVirtualMachine = saga<Boot>('record-virtual-machine', ends).step('recorded', recorded);
