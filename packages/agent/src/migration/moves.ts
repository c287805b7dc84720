import type { GuestState, Progress } from '@virtstack/protocol';
import { Slots } from '../slots.ts';

type Report = (progress: Progress) => void;
type Move = { readonly end: Promise<GuestState>; readonly abort: AbortController; readonly wanted: Set<Report> };

/** Each takes a worker of both libvirts for as long as it goes on, of the 20 that they have. */
const AT_ONCE = 4;

/** The guests that move away from here: one move of each at a time, and whoever asks for it again waits for the same. */
export class Moves {
  readonly #going = new Map<string, Move>();
  readonly #slots = new Slots(AT_ONCE);

  /**
   * Waits for the end of the move that goes on, or of this one. It is given up when nobody wants it any more; what came of it is answered all the same,
   * for a guest is not here or there before its move has ended.
   */
  async join(
    uuid: string,
    signal: AbortSignal,
    progress: Report,
    begin: (signal: AbortSignal, progress: Report) => Promise<GuestState>,
  ): Promise<GuestState> {
    const before = this.#going.get(uuid);
    if (before?.abort.signal.aborted) await before.end.catch(() => {});
    signal.throwIfAborted();
    const { end, wanted, abort } = this.#going.get(uuid) ?? this.#begin(uuid, begin);
    // Of its own, so that one who asks twice counts twice.
    const listener: Report = (p) => progress(p);
    wanted.add(listener);
    const leave = (): void => {
      wanted.delete(listener);
      if (wanted.size === 0) abort.abort(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await end;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #begin(uuid: string, begin: (signal: AbortSignal, progress: Report) => Promise<GuestState>): Move {
    const abort = new AbortController();
    const wanted = new Set<Report>();
    const tell: Report = (p) => {
      for (const listener of wanted) listener(p);
    };
    const end = this.#slots.use(() => begin(abort.signal, tell)).finally(() => this.#going.delete(uuid));
    const move = { end, abort, wanted };
    this.#going.set(uuid, move);
    return move;
  }
}
