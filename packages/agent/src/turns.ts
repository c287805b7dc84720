import { PeerError } from '@virtstack/protocol';

type Turn = { readonly epoch: number; readonly abort: AbortController; readonly done: Promise<unknown> };

/** One action at a time on one object. An order of a higher epoch ends the one that runs: its sender has lost the job. */
export class Turns {
  readonly #last = new Map<string, Turn>();

  async take<T>(id: string, epoch: number, signal: AbortSignal, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const before = this.#last.get(id);
    if (before && before.epoch < epoch)
      before.abort.abort(new PeerError('stale-epoch', `A newer order for ${id} has taken over.`));
    const abort = new AbortController();
    const both = AbortSignal.any([signal, abort.signal]);
    const done = (before?.done ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        both.throwIfAborted();
        return action(both);
      });
    const turn = { epoch, abort, done };
    this.#last.set(id, turn);
    try {
      return await done;
    } finally {
      if (this.#last.get(id) === turn) this.#last.delete(id);
    }
  }
}
