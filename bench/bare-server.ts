import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** What nobody can be quicker than: TLS with client certificates, a WebSocket, and the same answer to each first message. Tells its port to its parent. */
const { certificate: cert, key, ca } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Record<string, string>;
const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' });
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) =>
  socket.on('message', (data: Buffer) => {
    const { id } = JSON.parse(data.toString()) as { id?: number };
    if (id !== undefined) socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: { accepted: true, reportSeconds: 3600 } }));
  }),
);
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
