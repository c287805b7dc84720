/** CloudStack's states of a virtual machine, and how each looks. */
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
} as const satisfies Record<string, 'success' | 'progress' | 'stopped' | 'gone' | 'danger'>;

export type InstanceState = keyof typeof states;
export type Look = (typeof states)[InstanceState] | 'unknown';

export const isState = (text: string): text is InstanceState => Object.hasOwn(states, text);
export const lookOf = (state: string): Look => (isState(state) ? states[state] : 'unknown');
/** The state that a user means by a word, whatever its case. */
export const stateNamed = (word: string): InstanceState | undefined =>
  (Object.keys(states) as InstanceState[]).find((state) => state.toLowerCase() === word.toLowerCase());
