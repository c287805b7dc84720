import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ServerTls } from './server-tls.ts';
import { type Hello, Uplink } from './uplink.ts';

type Heard = { readonly socket: WebSocket; readonly id: number; readonly guid: string };

describe('a connection to the server that is dropped', () => {
  let server: WebSocketServer;
  let uplink: Uplink;
  let running: Promise<void>;
  let heard: Heard[];
  let hellos: number;
  let welcomes: number;
  let failures: unknown[];
  let slow: Promise<void> | undefined;

  beforeEach(async () => {
    server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    [heard, hellos, welcomes, failures, slow] = [[], 0, 0, [], undefined];
    server.on('connection', (socket) =>
      socket.on('message', (data) => {
        const { id, method, params } = JSON.parse(String(data));
        if (method === 'agent/hello') heard.push({ socket, id, guid: JSON.stringify(params) });
      }),
    );
    uplink = new Uplink({
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      tls: async () => ({}) as ServerTls,
      revive: async () => {},
      hello: async (signal) => {
        const hello = { guid: `hello ${++hellos}` } as Hello;
        await Promise.race([
          slow,
          slow && new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
        ]);
        return hello;
      },
      answer: () => {},
      onFailure: async (error) => void failures.push(error),
      onWelcome: () => welcomes++,
      log: pino({ level: 'silent' }),
    });
    running = uplink.run();
  });
  afterEach(async () => {
    uplink.stop();
    await running;
    for (const client of server.clients) client.terminate();
    server.close();
  });

  const until = async (done: () => boolean): Promise<void> => {
    for (const end = Date.now() + 10_000; !done(); await sleep(5)) assert.ok(Date.now() < end, 'it never came about');
  };
  const welcome = ({ socket, id }: Heard): void =>
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: { accepted: true, reportSeconds: 60 } }));

  it('is made again with a new hello', async () => {
    await until(() => heard.length === 1);
    welcome(heard[0]!);
    await until(() => uplink.connected);
    uplink.drop('the host is another');
    await until(() => heard.length === 2);
    assert.match(heard[1]!.guid, /hello 2/);
  });

  it('is made again also where its hello was not answered yet, which is no failure', async () => {
    await until(() => heard.length === 1);
    uplink.drop('the host is another');
    await until(() => heard.length === 2);
    assert.match(heard[1]!.guid, /hello 2/);
    welcome(heard[1]!);
    await until(() => uplink.connected);
    assert.deepEqual([welcomes, failures], [1, []]);
  });

  it('is made with a new hello also where the first was only being made', async () => {
    await until(() => heard.length === 1);
    slow = new Promise(() => {});
    uplink.drop('the host is another');
    await until(() => hellos === 2);
    slow = undefined;
    uplink.drop('and another again');
    await until(() => heard.length === 2);
    assert.match(heard[1]!.guid, /hello 3/);
    assert.deepEqual(failures, []);
  });
});
