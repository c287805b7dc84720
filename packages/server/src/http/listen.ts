import { createServer as createPlainServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';

export type Address = { readonly host: string; readonly port: number };
export type Certificate = { readonly cert: string; readonly key: string };

/** A port where TLS is answered by `server`, and plain HTTP by a redirect to TLS. */
export type Port = {
  readonly address: Address;
  /** From now on what comes is answered; until then it waits. */
  open(): void;
  close(): Promise<void>;
};

const firstByteMs = 10_000;
const drainMs = 5000;
/** The first byte of a TLS record that begins a connection. */
const handshake = 0x16;

export const peoplesTls = (certificate: Certificate) => ({ ...certificate, minVersion: 'TLSv1.2' }) as const;

export const makeTlsServer = (certificate: Certificate): Server =>
  createServer({
    ...peoplesTls(certificate),
    handshakeTimeout: firstByteMs,
    maxHeaderSize: 128 * 1024,
    keepAliveTimeout: 60_000,
    requestTimeout: 120_000,
  });

/** Listens for both on one port, told apart by the first byte. @throws {Error} one line for the admin: the port is taken, or may not be used. */
export async function listen(server: Server, { host, port }: Address): Promise<Port> {
  const plain = createPlainServer((request, reply) => {
    const location = `https://${request.headers.host ?? `${host}:${port}`}${request.url ?? '/'}`;
    reply.writeHead(308, { location: location.replace(/[^\x21-\x7e]/g, ''), connection: 'close' }).end();
  });
  const sockets = new Set<Socket>();
  const opened = Promise.withResolvers<void>();
  const front = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    void opened.promise.then(() =>
      firstBytes(socket, (first) => {
        (first[0] === handshake ? server : plain).emit('connection', socket);
        process.nextTick(() => socket.resume());
      }),
    );
  });
  const address = await bind(front, { host, port });
  // Node begins to keep track of connections (time limits, idle ones) when a server listens; these two are handed theirs.
  for (const one of [server, plain]) one.emit('listening');
  return { address, open: opened.resolve, close: () => drain(front, server, sockets) };
}

/** Waits for what a connection begins with, which is put back, and leaves it paused; one that says nothing is cut. */
export function firstBytes(socket: Socket, then: (first: Buffer) => void): void {
  socket.setTimeout(firstByteMs, () => socket.destroy());
  socket.once('data', (first: Buffer) => {
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    socket.pause();
    socket.unshift(first);
    then(first);
  });
}

export function bind(server: ReturnType<typeof createSocketServer>, { host, port }: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new Error(inTheWay(error, host, port), { cause: error })));
    server.listen(port, host, () => resolve({ host, port: (server.address() as AddressInfo).port }));
  });
}

function inTheWay({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `${host}:${port} is taken by another program (see: ss -ltnp sport = :${port}); choose another port.`;
  if (code === 'EACCES') return `${host}:${port} may not be listened on: ports below 1024 are root’s. Choose a higher one.`;
  if (code === 'EADDRNOTAVAIL') return `${host} is not an address of this machine.`;
  return `${host}:${port} cannot be listened on: ${message}`;
}

/** Ends what is idle, waits for what is being answered, and cuts what takes too long. */
async function drain(front: ReturnType<typeof createSocketServer>, server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => front.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, drainMs);
  await closed;
  clearTimeout(cut);
}
