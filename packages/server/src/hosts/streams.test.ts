import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { isCloudError } from '../error.ts';
import { Streams } from './streams.ts';

test('what an agent sends before its stream is taken is not lost, whichever comes first', async (t) => {
  const streams = new Streams();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => streams.arrived(request.url!.slice(1), socket));
  t.after(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  });
  const say = async (id: string): Promise<void> => {
    const agent = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/${id}`);
    await once(agent, 'open');
    agent.send('first words');
  };
  const heard = async (socket: WebSocket): Promise<string> => {
    const message = once(socket, 'message');
    socket.resume();
    return String((await message)[0]);
  };
  await say('early');
  assert.equal(await heard(await streams.take('early', 5000)), 'first words');
  const taken = streams.take('late', 5000);
  await say('late');
  assert.equal(await heard(await taken), 'first words');
});

test('a stream that does not come is told to be missing', async () => {
  const missing = new Streams().take('none', 50);
  await assert.rejects(missing, (error) => isCloudError(error) && error.kind === 'unavailable');
});
