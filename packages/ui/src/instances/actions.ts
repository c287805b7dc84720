import type { CommandName } from '@virtstack/contract';
import type { InstanceState } from './states.ts';

type Action = {
  readonly command: CommandName;
  /** States in which the server accepts it. */
  readonly from: readonly InstanceState[];
  readonly dangerous?: boolean;
  /** Asks before it acts: the form of the same name. */
  readonly asks?: boolean;
};

/** Which action a state allows. Buttons, and the reason why one is disabled, derive from it. */
export const actions = {
  console: { command: 'createConsoleEndpoint', from: ['Running'] },
  start: { command: 'startVirtualMachine', from: ['Stopped'] },
  stop: { command: 'stopVirtualMachine', from: ['Running', 'Starting', 'Stopping'], asks: true },
  reboot: { command: 'rebootVirtualMachine', from: ['Running'], asks: true },
  recover: { command: 'recoverVirtualMachine', from: ['Destroyed'] },
  destroy: {
    command: 'destroyVirtualMachine',
    from: ['Running', 'Starting', 'Stopping', 'Stopped', 'Error', 'Unknown'],
    dangerous: true,
    asks: true,
  },
  expunge: { command: 'expungeVirtualMachine', from: ['Destroyed', 'Error', 'Expunging'], dangerous: true, asks: true },
} as const satisfies Record<string, Action>;

export type ActionName = keyof typeof actions;
export const actionNames = Object.keys(actions) as ActionName[];

const either = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

/** Why an action cannot be taken now; undefined when it can. */
export const refusal = (action: ActionName, state: string): string | undefined => {
  const from: readonly string[] = actions[action].from;
  return from.includes(state) ? undefined : `Needs an instance that is ${either(from)}; this one is ${state}.`;
};
