import type { CommandName } from './commands.ts';

/** CloudStack's states of a virtual machine. */
export const machineStates = [
  'Running',
  'Starting',
  'Stopping',
  'Migrating',
  'Restoring',
  'Stopped',
  'Destroyed',
  'Expunging',
  'Error',
  'Unknown',
] as const;
export type MachineState = (typeof machineStates)[number];

type Allowed = {
  /** States in which the command does something. */
  readonly from: readonly MachineState[];
  /** States in which it is accepted too, although there is nothing left to do: clients repeat themselves. */
  readonly already?: readonly MachineState[];
};

/** Which command a machine's state allows: what the server accepts, and what a page offers, or says why not. */
export const machineCommands = {
  createConsoleEndpoint: { from: ['Running'] },
  startVirtualMachine: { from: ['Stopped'] },
  stopVirtualMachine: { from: ['Running', 'Starting', 'Stopping'], already: ['Stopped'] },
  rebootVirtualMachine: { from: ['Running'] },
  migrateVirtualMachine: { from: ['Running'] },
  recoverVirtualMachine: { from: ['Destroyed'] },
  destroyVirtualMachine: {
    from: ['Running', 'Starting', 'Stopping', 'Stopped', 'Error', 'Unknown'],
    already: ['Destroyed'],
  },
  attachVolume: { from: ['Running', 'Stopped'] },
  detachVolume: { from: ['Running', 'Stopped', 'Destroyed'] },
  unmanageVirtualMachine: { from: ['Running', 'Stopped'] },
  expungeVirtualMachine: { from: ['Destroyed', 'Error', 'Expunging'] },
} as const satisfies { readonly [N in CommandName]?: Allowed };
export type MachineCommand = keyof typeof machineCommands;

/** The states in which a command is accepted. */
export const acceptedFrom = (command: MachineCommand): readonly MachineState[] => {
  const { from, already = [] }: Allowed = machineCommands[command];
  return [...from, ...already];
};

/** Whether a command is accepted in that state; what is no state allows nothing. */
export const isAccepted = (command: MachineCommand, state: string): boolean =>
  (acceptedFrom(command) as readonly string[]).includes(state);
