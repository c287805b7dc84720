import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { imageStoreNotifications, Peer, PROTOCOL_VERSION } from '@virtstack/protocol';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import { answer } from './answer.ts';
import type { ImageStoreConfig } from './config.ts';
import type { SharedDownloads } from './shared-downloads.ts';

const firstRetryMs = 200;
const longestRetryMs = 10_000;
const connectMs = 10_000;
const pingMs = 10_000;

export type UplinkOptions = {
  readonly config: ImageStoreConfig;
  readonly downloads: SharedDownloads;
  readonly signal: AbortSignal;
  readonly log: Logger;
};

/** Keeps a connection to the server until told to stop. A download goes on while the connection is lost: the server asks again. */
export const keepUplink = async (options: UplinkOptions): Promise<void> => {
  const { signal, log } = options;
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      await converse(options, () => {
        failures = 0;
      });
    } catch (error) {
      if (!signal.aborted) log.warn({ error: String(error) }, 'no connection to the server');
    }
    // Full jitter below a ceiling that doubles: a restarted server is not met by everybody at once.
    await sleep(Math.random() * Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures, 16)), undefined, {
      signal,
    }).catch(() => {});
  }
};

const converse = async ({ config, downloads, signal, log }: UplinkOptions, connected: () => void): Promise<void> => {
  // Read anew for each connection: a renewed certificate needs no restart.
  const [ca, cert, key] = await Promise.all([readFile(config.ca), readFile(config.certificate), readFile(config.key)]);
  const socket = new WebSocket(config.server, {
    ca,
    cert,
    key,
    minVersion: 'TLSv1.3',
    handshakeTimeout: connectMs,
    perMessageDeflate: false,
  });
  const stop = (): void => (socket.readyState === socket.OPEN ? socket.close(1001, 'the image store stops') : socket.terminate());
  signal.addEventListener('abort', stop, { once: true });
  try {
    await opened(socket);
    const closed = new Promise<string>((resolve) => socket.once('close', (code, reason) => resolve(`${code} ${reason}`)));
    const peer = new Peer(socket);
    answer(peer, downloads);
    peer.listen();
    peer.notify(imageStoreNotifications.hello, { protocol: PROTOCOL_VERSION });
    connected();
    log.info('connected to the server');
    const beat = heartbeat(socket);
    log.info({ reason: await closed.finally(() => clearInterval(beat)) }, 'the connection to the server ended');
  } finally {
    signal.removeEventListener('abort', stop);
    socket.terminate();
  }
};

const opened = (socket: WebSocket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.on('error', reject);
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
  }, pingMs);
};
