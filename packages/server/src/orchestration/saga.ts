import type { Cloud } from '../cloud.ts';

/** What a running saga can use. `epoch` is this run's number and goes with every order to an agent. */
export type Run = Cloud & {
  readonly jobId: string;
  readonly epoch: number;
  readonly signal: AbortSignal;
  /** 0 to 100, for whoever watches the job. */
  progress(percent: number): void;
};

export type Step<S> = {
  readonly name: string;
  /** Idempotent. What it returns is merged into the state and journalled. */
  readonly do: (run: Run, state: S) => Promise<Partial<S>> | Promise<void>;
  /** Idempotent; also runs for the step that failed (it may have acted). Its absence carries its reason. */
  readonly undo: ((run: Run, state: S) => Promise<void>) | { readonly nothing: string };
};

export type Saga<S extends object> = {
  readonly name: string;
  readonly steps: readonly Step<S>[];
  /** The object of the job's result, `{ virtualmachine: {…} }`; absent: `{ success: true }`. */
  readonly result: ((run: Run, state: S) => Promise<Record<string, unknown>>) | undefined;
  /** After all undos, tells the world (state Error, alert). */
  readonly failed: ((run: Run, state: S, error: unknown) => Promise<void>) | undefined;
  step(name: string, step: Omit<Step<S>, 'name'>): Saga<S>;
};

type Ends<S> = Partial<Pick<Saga<S & object>, 'result' | 'failed'>>;

/** Begins a saga; it reads as its own table of contents. */
export const saga = <S extends object>(name: string, ends: Ends<S> = {}, steps: readonly Step<S>[] = []): Saga<S> => ({
  name,
  steps,
  result: ends.result,
  failed: ends.failed,
  step: (stepName, step) => saga(name, ends, [...steps, { name: stepName, ...step }]),
});
