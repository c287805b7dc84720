import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { PeerError } from '@virtstack/protocol';
import type { ServerTls } from '../server-tls.ts';
import { carry, DOOR_PORT, memoryPorts } from './door.ts';

const CONNECT_MS = 20_000;

export type WayOptions = { readonly tls: () => Promise<ServerTls>; readonly door?: number; readonly local?: string };

/** A place on this host at which the memory of a guest is given up, and carried to the door of another. */
export type Way = {
  /** libvirt's parameter `migrate_uri`: both hypervisors use it, each on its own host. */
  readonly uri: string;
  /** What went wrong on the way. */
  readonly trouble: string | undefined;
  close(): void;
};

/** Opens it. @throws {PeerError} `unavailable`: all of the ports are taken */
export const openWay = async (
  uuid: string,
  address: string,
  { tls, door = DOOR_PORT, local = '127.0.0.1' }: WayOptions,
): Promise<Way> => {
  let trouble: string | undefined;
  const { server, port } = await listen(local);
  server.on('connection', (socket) => {
    pass(socket, address, door, `${JSON.stringify({ uuid, port })}\n`, tls).catch((error: unknown) => {
      trouble ??= (error as Error).message;
      socket.destroy();
    });
  });
  return {
    uri: `tcp://127.0.0.1:${port}`,
    get trouble() {
      return trouble;
    },
    close: () => server.close(),
  };
};

const pass = async (socket: Socket, host: string, port: number, errand: string, tls: () => Promise<ServerTls>): Promise<void> => {
  socket.on('error', () => {});
  const there = connect({ ...(await tls()), host, port, timeout: CONNECT_MS });
  there.once('timeout', () => there.destroy(new Error(`${host}:${port} does not answer within ${CONNECT_MS / 1000} s`)));
  there.allowHalfOpen = true;
  await once(there, 'secureConnect');
  there.setTimeout(0);
  there.write(errand);
  await carry(there, socket);
};

/** One of the ports that migrations use: the other host's hypervisor takes the same, where it is free as a rule. */
const listen = async (host: string): Promise<{ server: Server; port: number }> => {
  const { first, last } = memoryPorts;
  const count = last - first + 1;
  const from = Math.floor(Math.random() * count);
  for (let tries = 0; tries < count; tries += 1) {
    const port = first + ((from + tries) % count);
    const server = createServer({ allowHalfOpen: true });
    server.listen(port, host);
    const opened = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (opened) return { server, port };
  }
  throw new PeerError('unavailable', `No guest can go: all of the ports ${first} to ${last} are taken on this host. ss -ltnp`);
};
