/** What an asynchronous command hands over: written in the transaction of the command itself, dispatched when that commits. */
export type JobRequest = {
  /** The saga's name. */
  readonly saga: string;
  /** What its steps carry, JSON; ids are minted here, so that an undo finds what a half-done step made. */
  readonly state: Readonly<Record<string, unknown>>;
  /** Jobs of one subject (a machine's id) run one after another. */
  readonly subject?: string;
  /** What it is about, for queryAsyncJobResult (`VirtualMachine`, id). */
  readonly instance?: { readonly type: string; readonly id: string };
};
