/** What a download may take; a test makes them small. */
export type Limits = {
  /** From the first look-up to an open connection. */
  readonly connectMs: number;
  /** Between two pieces of the answer. */
  readonly idleMs: number;
  readonly redirects: number;
  /** The largest disk that a template may describe. */
  readonly virtualBytes: number;
};

export const limits: Limits = { connectMs: 10_000, idleMs: 30_000, redirects: 5, virtualBytes: 2 ** 44 };
