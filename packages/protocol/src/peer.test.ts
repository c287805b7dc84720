import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { method, notification } from './method.ts';
import { Peer, PeerError, type Progress } from './peer.ts';

const double = method('test/double', z.object({ n: z.int() }), z.object({ n: z.int() }));
const slow = method('test/slow', z.object({}), z.object({}));
const lying = method('test/lying', z.object({}), z.object({ n: z.int() }));
const failing = method('test/failing', z.object({ how: z.string() }), z.object({}));
const unknown = method('test/unknown', z.object({}), z.object({}));
const said = notification('test/said', z.object({ text: z.string() }));

describe('two peers', () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  let near: Peer;
  let far: Peer;
  let farSocket: WebSocket;
  const heard: string[] = [];
  const cancelled = Promise.withResolvers<unknown>();

  before(async () => {
    if (!server.address()) await once(server, 'listening');
    const arrived = once(server, 'connection') as Promise<[WebSocket]>;
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    [farSocket] = await arrived;
    far = new Peer(farSocket);
    far.handle(double, async ({ n }, { progress }) => {
      progress({ done: n, total: 2 * n });
      return { n: 2 * n };
    });
    far.handle(slow, async (_, { signal, progress }) => {
      progress({ done: 0 });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      cancelled.resolve(signal.reason);
      return {};
    });
    far.handle(lying, async () => ({ n: 'many' }) as unknown as { n: number });
    far.handle(failing, async ({ how }) => {
      throw how === 'refuse' ? new PeerError('disk-full', 'The disk is full: 1 MiB is free.', 'df') : new Error('a slip');
    });
    far.on(said, ({ text }) => heard.push(text));
    far.listen();
    near = new Peer(socket);
    if (socket.readyState !== socket.OPEN) await once(socket, 'open');
    near.listen();
  });
  after(() => {
    near.close();
    server.close();
  });

  it('ask and answer, with progress on the way', async () => {
    const seen: Progress[] = [];
    assert.deepEqual(await near.call(double, { n: 21 }, { onProgress: (progress) => seen.push(progress) }), { n: 42 });
    assert.deepEqual(seen, [{ done: 21, total: 42 }]);
  });

  it('have as many questions open as are asked, and no warning of a leak', async () => {
    const warnings: string[] = [];
    const hear = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', hear);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => near.call(double, { n })));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    assert.deepEqual([answers.length, warnings], [40, []]);
  });

  it('hand a refusal over with its kind and detail, and a slip as internal', async () => {
    await assert.rejects(near.call(failing, { how: 'refuse' }), {
      kind: 'disk-full',
      message: 'The disk is full: 1 MiB is free.',
      detail: 'df',
    });
    await assert.rejects(near.call(failing, { how: 'slip' }), { kind: 'internal', message: 'a slip' });
    await assert.rejects(near.call(unknown, {}), { kind: 'unknown-method', message: /test\/unknown/ });
  });

  it('believe neither wrong questions nor wrong answers', async () => {
    await assert.rejects(near.call(double, { n: 1.5 }), { kind: 'invalid' });
    await assert.rejects(near.call(lying, {}), /expected number/);
  });

  it('cancel at the other side what is given up, or takes too long', async () => {
    const abort = new AbortController();
    const begun = Promise.withResolvers<void>();
    const call = near.call(slow, {}, { signal: abort.signal, onProgress: () => begun.resolve() });
    await begun.promise;
    abort.abort(new Error('changed my mind'));
    await assert.rejects(call, /changed my mind/);
    assert.match(String(await cancelled.promise), /cancelled by its caller/);
    await assert.rejects(near.call(slow, {}, { timeoutMs: 20 }), { kind: 'timeout' });
  });

  it('tell without waiting; what has the wrong shape is not heard', async () => {
    near.notify(said, { text: 'hello' });
    near.notify(said, { text: 7 } as unknown as { text: string });
    await near.call(double, { n: 1 });
    assert.deepEqual(heard, ['hello']);
  });

  it('end what is open when the connection does, and refuse at once after it', async () => {
    const call = near.call(slow, {});
    farSocket.terminate();
    await assert.rejects(call, { kind: 'disconnected' });
    await assert.rejects(near.call(double, { n: 1 }), { kind: 'disconnected' });
    near.notify(said, { text: 'into the void' });
  });
});
