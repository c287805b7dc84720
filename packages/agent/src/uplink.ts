import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Method,
  type Notification,
  type ParamsOf,
  Peer,
  PeerError,
  type ResultOf,
  serverMethods,
} from '@virtstack/protocol';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import type { z } from 'zod';
import { backoff } from './backoff.ts';
import type { ServerTls } from './server-tls.ts';

export type Hello = ParamsOf<typeof serverMethods.hello>;
export type Welcome = ResultOf<typeof serverMethods.hello>;

export type UplinkOptions = {
  readonly url: string;
  readonly tls: () => Promise<ServerTls>;
  /** Sees to it that the certificate has not expired. `certainly`: the server has said that it has. */
  readonly revive: (signal: AbortSignal, certainly: boolean) => Promise<void>;
  /** Asked before each connection: may wait until the host has something to say. */
  readonly hello: (signal: AbortSignal) => Promise<Hello>;
  readonly answer: (peer: Peer) => void;
  /** No conversation came about. */
  readonly onFailure?: (error: unknown) => Promise<void>;
  /** The server knows this agent, or will (`accepted: false`: it was not added yet, and waits). */
  readonly onWelcome: (welcome: Welcome) => void;
  readonly log: Logger;
};

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;
const PING_MS = 10_000;
const FAREWELL_MS = 1_000;
const ANSWER_MS = 30_000;

/** The server's word for a certificate that has expired, whatever our clock says. */
const isExpired = (error: unknown): boolean => error instanceof Error && /server response: 401$/.test(error.message);

/** The connection to the server, made again whenever it is lost. */
export class Uplink {
  readonly #options: UplinkOptions;
  readonly #stop = new AbortController();
  #peer: Peer | undefined;
  /** Of the conversation of now, from before its hello is made. */
  #dropping = new AbortController();
  #failures = 0;

  constructor(options: UplinkOptions) {
    this.#options = options;
  }

  /** Runs until `stop`. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#converse(signal);
      } catch (error) {
        if (signal.aborted) break;
        const { aborted, reason } = this.#dropping.signal;
        if (aborted) this.#options.log.info({ reason: String(reason) }, 'begins anew with the server');
        else {
          this.#options.log.warn({ error: String(error) }, 'no connection to the server');
          await this.#options.onFailure?.(error);
        }
      }
      await sleep(backoff(this.#failures++, FIRST_RETRY_MS, LONGEST_RETRY_MS), undefined, { signal }).catch(() => {});
    }
  }

  stop(): void {
    this.#stop.abort(new Error('The agent stops.'));
    this.#peer?.close(1001, 'the agent stops');
  }

  get connected(): boolean {
    return this.#peer !== undefined;
  }

  /** Ends the conversation of now, also one whose hello is under way; the next begins with a new hello. */
  drop(reason: string): void {
    if (this.#peer) this.#peer.close(1000, reason);
    else this.#dropping.abort(new Error(reason));
  }

  /** Lost when there is no connection: the report that begins the next one says all. */
  notify<N extends Notification<z.ZodType>>(notification: N, params: ParamsOf<N>): void {
    this.#peer?.notify(notification, params);
  }

  /** @throws {PeerError} `disconnected`: there is no connection now; else the server's refusal */
  call<M extends Method<z.ZodType, z.ZodType>>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    if (!this.#peer) return Promise.reject(new PeerError('disconnected', 'There is no connection to the server.'));
    return this.#peer.call(method, params, { timeoutMs: ANSWER_MS });
  }

  async #converse(stop: AbortSignal): Promise<void> {
    this.#dropping = new AbortController();
    // First: a libvirt whose certificate has expired may not start, and a hello waits for it.
    await this.#options.revive(stop, false);
    const signal = AbortSignal.any([stop, this.#dropping.signal]);
    const hello = await this.#options.hello(signal);
    const socket = await openSocket(this.#options.url, await this.#options.tls(), signal).catch(async (error: unknown) => {
      if (isExpired(error)) await this.#options.revive(stop, true);
      throw error;
    });
    const closed = new Promise<string>((resolve) => socket.once('close', (code, reason) => resolve(`${code} ${reason}`)));
    const peer = new Peer(socket);
    this.#options.answer(peer);
    peer.listen();
    const beat = heartbeat(socket);
    // A server that does not answer our farewell must not keep us.
    const farewell = (): unknown => setTimeout(() => socket.terminate(), FAREWELL_MS).unref();
    signal.addEventListener('abort', farewell, { once: true });
    try {
      const welcome = await peer.call(serverMethods.hello, hello, { signal, timeoutMs: ANSWER_MS });
      this.#failures = 0;
      this.#peer = peer;
      this.#options.log.info({ accepted: welcome.accepted }, 'connected to the server');
      this.#options.onWelcome(welcome);
      this.#options.log.info({ reason: await closed }, 'the connection to the server ended');
    } finally {
      this.#peer = undefined;
      signal.removeEventListener('abort', farewell);
      clearInterval(beat);
      socket.close();
    }
  }
}

/** @throws {Error} with the cause: refused, not the certificate authority's, no answer in time. */
export const openSocket = (url: string, tls: ServerTls, signal: AbortSignal): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { ...tls, handshakeTimeout: CONNECT_TIMEOUT_MS, perMessageDeflate: false });
    const abort = (): void => socket.terminate();
    signal.addEventListener('abort', abort, { once: true });
    const settle = (): void => signal.removeEventListener('abort', abort);
    socket.once('open', () => {
      settle();
      resolve(socket);
    });
    socket.on('error', (error) => {
      settle();
      reject(error);
    });
  });

/** A server that vanished without a word is noticed after two beats. */
const heartbeat = (socket: WebSocket): NodeJS.Timeout => {
  let alive = true;
  socket.on('pong', () => {
    alive = true;
  });
  return setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, PING_MS);
};
