import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { withServer } from '../http/testing.ts';
import { type Door, openDoor } from './admission.ts';

describe('the door of the agents’ port', () => {
  let server: Server;
  let door: Door;
  const clients: Socket[] = [];
  let begun = 0;
  let done = 0;
  let most = 0;

  before(async () => {
    const { certificate: cert, key } = await aCertificate();
    server = createServer({ cert, key }, (_, reply) => reply.end('here'));
    server.on('connection', () => {
      begun++;
      most = Math.max(most, begun - done);
    });
    server.on('secureConnection', () => void done++);
    door = await openDoor(server, { host: '127.0.0.1', port: 0 });
  });
  after(() => {
    door.close();
    for (const client of clients) client.destroy();
  });

  test('a crowd is let in a few at a time, and all of it', async () => {
    const crowd = Array.from({ length: 300 }, () => visit(door.address.port));
    clients.push(...crowd);
    await Promise.all(crowd.map((client) => once(client, 'secureConnect')));
    // A client is done before the server has heard it.
    while (done < 300) await once(server, 'secureConnection');
    assert.ok(most <= 64, `${most} were beginning at once`);
  });

  test('those who begin and do not go on keep nobody out', async () => {
    const stalled = await Promise.all(
      Array.from({ length: 80 }, async () => {
        const socket = connect(door.address.port, '127.0.0.1');
        clients.push(socket.on('error', () => {}));
        await once(socket, 'connect');
        // The first byte of a TLS record, and no more.
        socket.write(Buffer.of(0x16));
        return socket;
      }),
    );
    while (begun < 364) await once(server, 'connection');
    const honest = visit(door.address.port);
    clients.push(honest);
    await once(honest, 'secureConnect');
    assert.ok(stalled.every((socket) => !socket.destroyed));
  });

  test('who comes when it closes is cut, whether he has begun or waits', async () => {
    const stalled = Array.from({ length: 70 }, () => connect(door.address.port, '127.0.0.1'));
    const ends = stalled.map((socket) =>
      once(
        socket.on('error', () => {}),
        'close',
      ),
    );
    for (const socket of stalled) socket.write(Buffer.of(0x16));
    const before = begun;
    while (begun < before + 64) await once(server, 'connection');
    door.close();
    await Promise.all(ends);
  });
});

const visit = (port: number): TLSSocket => connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });

/** One of a server's own authority. */
async function aCertificate(): Promise<{ certificate: string; key: string }> {
  const { authority } = (await withServer()).cloud;
  return authority.issue({ commonName: 'localhost', names: ['localhost'], addresses: ['127.0.0.1'], days: 1 });
}
