import { type MachineCommand, machineCommands } from '@virtstack/contract/machine-states.ts';

type Action = {
  readonly command: MachineCommand;
  readonly dangerous?: boolean;
  /** Asks before it acts: the form of the same name. */
  readonly asks?: boolean;
};

/** What can be done to an instance. Buttons derive from it; which of them a state allows stands in the contract. */
export const actions = {
  console: { command: 'createConsoleEndpoint' },
  start: { command: 'startVirtualMachine' },
  stop: { command: 'stopVirtualMachine', asks: true },
  reboot: { command: 'rebootVirtualMachine', asks: true },
  recover: { command: 'recoverVirtualMachine' },
  destroy: { command: 'destroyVirtualMachine', dangerous: true, asks: true },
  expunge: { command: 'expungeVirtualMachine', dangerous: true, asks: true },
} as const satisfies Record<string, Action>;

export type ActionName = keyof typeof actions;
export const actionNames = Object.keys(actions) as ActionName[];

const either = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

/** Why an action cannot be taken now; undefined when it can. */
export const refusal = (action: ActionName, state: string): string | undefined => {
  const from: readonly string[] = machineCommands[actions[action].command].from;
  return from.includes(state) ? undefined : `Needs an instance that is ${either(from)}; this one is ${state}.`;
};
