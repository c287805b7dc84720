import type { Server } from 'node:https';
import { createServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Address, bind, firstBytes } from '../http/listen.ts';

/** TLS connections that begin at the same time. Enough to keep a core busy, few enough that each is done long before its agent gives up. */
const most = 64;
/** A beginning that takes longer than this waits for the other end, and keeps nobody waiting. */
const beginMs = 2000;
/** Who has waited for so long has given up, or will before it is answered: agents give it 10 s. */
const patienceMs = 8000;

type Waiting = { readonly socket: Socket; readonly since: number };

export type Door = { readonly address: Address; close(): void };

/**
 * Listens for a TLS server, and lets connections begin a few at a time, in the order in which they came. After a server's restart all agents come at
 * once: were all begun together, none would be done before its agent gives up and comes again, and work would be all that grows.
 * @throws {Error} as `bind`
 */
export async function openDoor(server: Server, wanted: Address): Promise<Door> {
  const waiting = new Set<Waiting>();
  const beginning = new Map<string, { readonly socket: Socket; done(): void }>();
  const letIn = (): void => {
    for (const one of waiting) {
      if (beginning.size >= most) return;
      waiting.delete(one);
      if (Date.now() - one.since > patienceMs) one.socket.destroy();
      else if (!one.socket.destroyed) begin(one.socket);
    }
  };
  const begin = (socket: Socket): void => {
    const name = nameOf(socket);
    const timer = setTimeout(() => done(), beginMs);
    const done = (): void => {
      clearTimeout(timer);
      if (beginning.delete(name)) letIn();
    };
    beginning.set(name, { socket, done });
    socket.once('close', done);
    server.emit('connection', socket);
    process.nextTick(() => socket.resume());
  };
  const front = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    firstBytes(socket, () => {
      const one = { socket, since: Date.now() };
      waiting.add(one);
      socket.once('close', () => waiting.delete(one));
      letIn();
    });
  });
  server.on('secureConnection', (socket: TLSSocket) => beginning.get(nameOf(socket))?.done());
  const address = await bind(front, wanted);
  // Node begins to keep track of connections (time limits, idle ones) when a server listens; this one is handed its own.
  server.emit('listening');
  return {
    address,
    close: () => {
      front.close();
      for (const { socket } of [...waiting, ...beginning.values()]) socket.destroy();
      server.closeAllConnections();
    },
  };
}

/** The same of a connection and of the TLS upon it. */
const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
