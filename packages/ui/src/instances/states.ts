import type { MachineState } from '@virtstack/contract';

/** How each state of a virtual machine looks. */
export const states = {
  Running: 'success',
  Starting: 'progress',
  Stopping: 'progress',
  Migrating: 'progress',
  Restoring: 'progress',
  Stopped: 'stopped',
  Destroyed: 'gone',
  Expunging: 'gone',
  Error: 'danger',
  Unknown: 'danger',
} as const satisfies Record<MachineState, 'success' | 'progress' | 'stopped' | 'gone' | 'danger'>;

export type Look = (typeof states)[MachineState] | 'unknown';

export const isState = (text: string): text is MachineState => Object.hasOwn(states, text);
export const lookOf = (state: string): Look => (isState(state) ? states[state] : 'unknown');
/** The state that a user means by a word, whatever its case. */
export const stateNamed = (word: string): MachineState | undefined =>
  (Object.keys(states) as MachineState[]).find((state) => state.toLowerCase() === word.toLowerCase());
