import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { PeerError } from '@virtstack/protocol';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { ServerTls } from '../server-tls.ts';

/** At which an agent takes in the memory of guests that come. */
export const DOOR_PORT = 16_515;
/** Those at which hypervisors wait for it. */
export const memoryPorts = { first: 49_152, last: 49_215 };
/** Whose certificates open the door: the cloud's authority signs for others, too. */
const ORGANIZATION = 'virtstack host';
const FIRST_LINE = 200;
const FIRST_WORD_MS = 10_000;

/** What the other agent says first, in a line. */
export const errand = z.object({ uuid: z.uuid(), port: z.int().min(memoryPorts.first).max(memoryPorts.last) });

export type DoorOptions = {
  readonly tls: () => Promise<ServerTls>;
  readonly log: Logger;
  readonly port?: number;
  readonly listen?: string;
  /** Where this host's hypervisor waits. */
  readonly inside?: string;
};

/**
 * Lets in the memory of guests that were announced, where a hypervisor itself sends it unencrypted: the agent of the host from which they come carries it
 * here over TLS, and it goes on to the hypervisor on this host alone.
 */
export class Door {
  readonly #options: DoorOptions;
  readonly #expected = new Set<string>();
  #server: Promise<Server> | undefined;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** @throws {PeerError} `unavailable`: the port is another program's */
  async expect(uuid: string): Promise<void> {
    this.#expected.add(uuid);
    this.#server ??= this.#open();
    try {
      (await this.#server).setSecureContext(await this.#options.tls());
    } catch (error) {
      this.#server = undefined;
      throw new PeerError('unavailable', `No guest can come: ${(error as Error).message}. Which program has the port? ss -ltnp`);
    }
  }

  /** It has come, or will not. */
  forget(uuid: string): void {
    this.#expected.delete(uuid);
  }

  async close(): Promise<void> {
    const server = await this.#server?.catch(() => undefined);
    server?.close();
  }

  async #open(): Promise<Server> {
    const { tls, port = DOOR_PORT, listen, log } = this.#options;
    const server = createServer({ ...(await tls()), requestCert: true, rejectUnauthorized: true, allowHalfOpen: true });
    server.on('secureConnection', (socket) => {
      this.#letIn(socket).catch((error: unknown) => {
        log.warn({ from: socket.remoteAddress, error: String(error) }, 'the memory of a guest was not let in');
        socket.destroy();
      });
    });
    server.listen(port, listen);
    await once(server, 'listening');
    return server;
  }

  async #letIn(socket: TLSSocket): Promise<void> {
    socket.on('error', () => {});
    const { subject } = socket.getPeerCertificate();
    if (subject?.O !== ORGANIZATION) throw new Error(`the certificate of ${subject?.CN ?? 'nobody'} is no host's`);
    const { uuid, port } = errand.parse(JSON.parse(await firstLine(socket)));
    if (!this.#expected.has(uuid)) throw new Error(`the guest ${uuid} was not announced`);
    const inside = connect({ port, host: this.#options.inside ?? '127.0.0.1', allowHalfOpen: true });
    await once(inside, 'connect');
    await carry(socket, inside);
  }
}

/** Reads no byte beyond it. */
const firstLine = async (socket: TLSSocket): Promise<string> => {
  const timer = setTimeout(() => socket.destroy(), FIRST_WORD_MS);
  const closed = once(socket, 'close');
  try {
    for (let text = ''; text.length < FIRST_LINE; ) {
      const byte = (socket.read(1) as Buffer | null)?.toString('latin1');
      if (byte === '\n') return text;
      if (byte !== undefined) text += byte;
      else if (socket.readableEnded || socket.destroyed) break;
      else await Promise.race([once(socket, 'readable'), closed]);
    }
    throw new Error('what was said first is no errand');
  } finally {
    clearTimeout(timer);
  }
};

/** Both ways, until both have ended; where one breaks, so does the other. */
export const carry = async (one: TLSSocket, other: Socket): Promise<void> => {
  // Two pipelines at one socket are more than Node takes for granted.
  for (const each of [one, other]) each.setMaxListeners(20);
  await Promise.all([pipeline(one, other, { end: true }), pipeline(other, one, { end: true })]);
};
