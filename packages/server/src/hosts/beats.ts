import type { WebSocket } from 'ws';
import type { Cloud } from '../cloud.ts';

/** Notices connections that died without a word: they are pinged, and cut after `ping.interval` × `ping.timeout` of silence. */
export class Beats {
  readonly #heard = new Map<WebSocket, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(cloud: Cloud) {
    this.#timer = setInterval(() => {
      this.#beat(cloud).catch((error: unknown) => cloud.log.warn({ err: error }, 'could not look after connections'));
    }, 5000);
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

  async #beat(cloud: Cloud): Promise<void> {
    const longestMs = await silenceMs(cloud);
    for (const [socket, heard] of this.#heard) {
      if (Date.now() - heard > longestMs) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.ping();
    }
  }
}

/** For how long an agent may be silent before it is looked after, milliseconds. */
export const silenceMs = async ({ settings }: Pick<Cloud, 'settings'>): Promise<number> =>
  (await settings.number('ping.interval')) * (await settings.number('ping.timeout')) * 1000;
