import { PeerError, type Progress } from '@virtstack/protocol';
import { type Download, type Downloaded, downloadImage } from './download.ts';
import type { Limits } from './limits.ts';

export type Asking = { readonly signal: AbortSignal; progress(progress: Progress): void };
type Running = { readonly result: Promise<Downloaded>; readonly askings: Set<Asking>; readonly abort: AbortController };

/** Downloads under way by image. Asked twice, fetched once; given up when nobody asks any more. */
export class SharedDownloads {
  readonly #running = new Map<string, Running>();
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  async download(asked: Download, asking: Asking): Promise<Downloaded> {
    const key = `${asked.store}/${asked.id}`;
    const running = this.#running.get(key) ?? this.#start(key, asked);
    running.askings.add(asking);
    const gaveUp = Promise.withResolvers<never>();
    const leave = (): void => {
      running.askings.delete(asking);
      if (running.askings.size === 0) running.abort.abort(asking.signal.reason);
      gaveUp.reject(asking.signal.reason);
    };
    asking.signal.addEventListener('abort', leave, { once: true });
    if (asking.signal.aborted) leave();
    try {
      return await Promise.race([running.result, gaveUp.promise]);
    } finally {
      asking.signal.removeEventListener('abort', leave);
    }
  }

  /** Ends a download and waits until it has left nothing behind. */
  async cancel(store: string, id: string): Promise<void> {
    const running = this.#running.get(`${store}/${id}`);
    running?.abort.abort(new PeerError('aborted', 'The image was deleted while it was being downloaded.'));
    await running?.result.catch(() => {});
  }

  #start(key: string, asked: Download): Running {
    const abort = new AbortController();
    const askings = new Set<Asking>();
    const onProgress = (progress: Progress): void => {
      for (const asking of askings) asking.progress(progress);
    };
    const result = downloadImage(asked, { limits: this.#limits, signal: abort.signal, onProgress }).finally(() =>
      this.#running.delete(key),
    );
    // Every asker may have gone.
    result.catch(() => {});
    const running = { result, askings, abort };
    this.#running.set(key, running);
    return running;
  }
}
