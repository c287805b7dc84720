import { PeerError, type Progress } from '@virtstack/protocol';

type Report = (p: Progress) => void;
type Work<T> = (signal: AbortSignal, progress: Report) => Promise<T>;
type Running<T> = { readonly result: Promise<T>; readonly abort: AbortController; readonly listeners: Set<Report> };

/** Work of which there is one at a time for a key: who asks for it again waits for the same; it is given up when nobody waits any more. */
export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>();

  async join(key: string, signal: AbortSignal, progress: Report, work: Work<T>): Promise<T> {
    const running = this.#running.get(key) ?? this.#begin(key, work);
    // Of its own, so that one who asks twice counts twice.
    const listener: Report = (p) => progress(p);
    running.listeners.add(listener);
    const gone = Promise.withResolvers<never>();
    const leave = (): void => gone.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      signal.throwIfAborted();
      return await Promise.race([running.result, gone.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
      running.listeners.delete(listener);
      if (running.listeners.size === 0) running.abort.abort(new PeerError('aborted', 'Nobody waits for it any more.'));
    }
  }

  #begin(key: string, work: Work<T>): Running<T> {
    const abort = new AbortController();
    const listeners = new Set<Report>();
    const result = work(abort.signal, (p) => {
      for (const listener of listeners) listener(p);
    });
    const running = { result, abort, listeners };
    this.#running.set(key, running);
    const forget = (): void => {
      if (this.#running.get(key) === running) this.#running.delete(key);
    };
    result.then(forget, forget);
    // One that comes after the last has left must not join what is being given up.
    abort.signal.addEventListener('abort', forget, { once: true });
    return running;
  }
}
