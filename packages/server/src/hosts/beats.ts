import type { WebSocket } from 'ws';
import type { Cloud } from '../cloud.ts';

const lookMs = 5000;
/** Longer than an agent's own beat, which is a sign of life as good as an answer to ours. */
const longestQuietMs = 15_000;

/** Notices connections that died without a word: who is quiet is pinged, and cut after `ping.interval` × `ping.timeout` of silence. */
export class Beats {
  readonly #heard = new Map<WebSocket, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(cloud: Pick<Cloud, 'settings' | 'log'>) {
    this.#timer = setInterval(() => {
      this.#beat(cloud).catch((error: unknown) => cloud.log.warn({ err: error }, 'could not look after connections'));
    }, lookMs).unref();
  }

  watch(socket: WebSocket): void {
    const heard = (): void => void this.#heard.set(socket, Date.now());
    heard();
    for (const sign of ['pong', 'ping', 'message'] as const) socket.on(sign, heard);
    socket.once('close', () => this.#heard.delete(socket));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #beat(cloud: Pick<Cloud, 'settings'>): Promise<void> {
    const longestMs = await silenceMs(cloud);
    const quietMs = Math.min(longestQuietMs, longestMs / 3);
    for (const [socket, heard] of this.#heard) {
      if (Date.now() - heard > longestMs) socket.terminate();
      else if (Date.now() - heard > quietMs && socket.readyState === socket.OPEN) socket.ping();
    }
  }
}

/** For how long an agent may be silent before it is looked after, milliseconds. */
export const silenceMs = async ({ settings }: Pick<Cloud, 'settings'>): Promise<number> =>
  (await settings.number('ping.interval')) * (await settings.number('ping.timeout')) * 1000;
