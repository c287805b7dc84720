import { EventEmitter, once } from 'node:events';
import type { WebSocket } from 'ws';
import { CloudError } from '../error.ts';

/** How long a stream that arrives before it is asked for is kept. */
const keptMs = 10_000;

/** WebSockets that agents were asked to open, until whoever asked takes them. */
export class Streams {
  readonly #waiting = new Map<string, WebSocket>();
  readonly #arrivals = new EventEmitter().setMaxListeners(0);

  /** Nothing is read from the socket until it is taken. */
  arrived(id: string, socket: WebSocket): void {
    socket.pause();
    this.#waiting.set(id, socket);
    const forget = setTimeout(() => socket.close(1013, 'nobody took this stream'), keptMs);
    socket.once('close', () => this.#waiting.delete(id));
    this.#arrivals.once(`taken:${id}`, () => clearTimeout(forget));
    this.#arrivals.emit(id);
  }

  /** Still paused: resume it when you listen. @throws {CloudError} `unavailable`: none came in time. */
  async take(id: string, timeoutMs: number): Promise<WebSocket> {
    if (!this.#waiting.has(id))
      await once(this.#arrivals, id, { signal: AbortSignal.timeout(timeoutMs) }).catch(() => {
        throw new CloudError('unavailable', `The host did not open the stream within ${Math.round(timeoutMs / 1000)} s.`);
      });
    const socket = this.#waiting.get(id)!;
    this.#waiting.delete(id);
    this.#arrivals.emit(`taken:${id}`);
    return socket;
  }
}
