import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { imageStoreMethods, imageStoreNotifications, Peer, PROTOCOL_VERSION, type Progress } from '@virtstack/protocol';
import { type WebSocket, WebSocketServer } from 'ws';

let folder: string;
let server: Server;
let sockets: WebSocketServer;
let store: ChildProcess;

/** The next connection of the process, after its hello. */
const arrival = async (): Promise<{ peer: Peer; socket: WebSocket; protocol: number }> => {
  const [socket] = (await once(sockets, 'connection')) as [WebSocket];
  const peer = new Peer(socket);
  const hello = new Promise<number>((resolve) => peer.on(imageStoreNotifications.hello, ({ protocol }) => resolve(protocol)));
  peer.listen();
  return { peer, socket, protocol: await hello };
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-store-uplink-'));
  const subject = ['-subj', '/CN=image-store', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
      ...subject,
    ],
    {
      cwd: folder,
      stdio: 'ignore',
    },
  );
  const [key, cert] = await Promise.all([readFile(join(folder, 'key.pem')), readFile(join(folder, 'cert.pem'))]);
  server = createServer({ key, cert, ca: cert, requestCert: true, rejectUnauthorized: true });
  sockets = new WebSocketServer({ server, path: '/image-store' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pem = { ca: join(folder, 'cert.pem'), certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}/image-store`;
  await writeFile(join(folder, 'config.json'), JSON.stringify({ server: url, ...pem }));
});
after(async () => {
  store.kill('SIGKILL');
  for (const socket of sockets.clients) socket.terminate();
  server.close();
  await rm(folder, { recursive: true });
});

test('the process connects with its certificate, answers, comes back when the connection is lost, and stops when told', async () => {
  const first = arrival();
  store = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), join(folder, 'config.json')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { peer, socket, protocol } = await first;
  assert.equal(protocol, PROTOCOL_VERSION);
  assert.equal((socket as unknown as { _socket: TLSSocket })._socket.getPeerCertificate().subject.CN, 'image-store');

  const directory = join(folder, 'images');
  const { capacityBytes, usedBytes } = await peer.call(imageStoreMethods.capacity, { store: directory });
  assert.ok(capacityBytes > usedBytes && usedBytes > 0);

  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(folder, 'image.qcow2'), '8M']);
  const image = await readFile(join(folder, 'image.qcow2'));
  const pages = createHttpServer((_, response) => response.end(image)).listen(0, '127.0.0.1');
  await once(pages, 'listening');
  const what = {
    id: randomUUID(),
    store: directory,
    url: `http://127.0.0.1:${(pages.address() as AddressInfo).port}/x`,
    format: 'qcow2' as const,
    maxBytes: 1 << 30,
  };
  await assert.rejects(peer.call(imageStoreMethods.download, { ...what, allowedNetworks: [] }), {
    kind: 'address',
    message: /internal address/,
  });
  const seen: Progress[] = [];
  const answer = await peer.call(
    imageStoreMethods.download,
    { ...what, allowedNetworks: ['127.0.0.1/32'] },
    { onProgress: (progress) => seen.push(progress) },
  );
  assert.equal(answer.path, join(directory, `${what.id}.qcow2`));
  assert.equal(answer.virtualSizeBytes, 8 << 20);
  assert.equal(seen.at(-1)?.done, image.length);
  pages.close();

  const second = arrival();
  socket.terminate();
  const again = (await second).peer;
  await again.call(imageStoreMethods.delete, { id: what.id, store: directory });
  assert.deepEqual(await readdir(directory), []);

  const ended = once(store, 'exit');
  store.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});

test('a configuration without a key is refused with the file and the key in one line', async () => {
  const file = join(folder, 'bad.json');
  await writeFile(file, JSON.stringify({ server: 'wss://127.0.0.1/image-store', ca: '/x', certificate: 'relative' }));
  const process_ = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), file]);
  let words = '';
  process_.stdout.on('data', (chunk) => {
    words += chunk;
  });
  assert.deepEqual(await once(process_, 'close'), [1, null]);
  assert.match(words, /bad\.json: \\"certificate\\" must be an absolute path/);
});
