import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { pino } from 'pino';
import { authority } from '../testing/certificates.ts';
import { Door } from './door.ts';
import { openWay } from './way.ts';

const directory = mkdtempSync(join(tmpdir(), 'way-'));
const signer = authority(directory);
const path = (name: string): string => join(directory, name);

/** A certificate of the cloud's authority, for an organization. */
const identity = (name: string, organization: string) => {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  openssl('req', ...key, '-keyout', path(`${name}.key`), '-out', path(`${name}.csr`), '-subj', `/O=${organization}/CN=${name}`);
  writeFileSync(path(`${name}.ext`), 'subjectAltName=IP:127.0.0.1,IP:127.0.0.2\n');
  const sign = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '2'];
  openssl('x509', '-req', '-in', path(`${name}.csr`), ...sign, '-extfile', path(`${name}.ext`), '-out', path(`${name}.pem`));
  const [ca, cert, secret] = [signer.ca, path(`${name}.pem`), path(`${name}.key`)].map((file) => readFileSync(file));
  return async () => ({ ca: ca!, cert: cert!, key: secret!, minVersion: 'TLSv1.3' }) as const;
};

const host = identity('host', 'virtstack host');
const other = identity('other', 'virtstack server');
const logged: string[] = [];
const log = pino({}, { write: (line: string) => void logged.push(line) });
const DOOR = 16_599;
const door = new Door({ tls: host, log, port: DOOR, listen: '127.0.0.2', inside: '127.0.0.4' });
after(async () => {
  await door.close();
  rmSync(directory, { recursive: true });
});

/** A hypervisor that waits at the address of the other host. */
const hypervisor = async (port: number) => {
  const server = createServer({ allowHalfOpen: true });
  const heard = new Promise<Buffer>((resolve) =>
    server.once('connection', async (socket) => {
      const all = await buffer(socket);
      socket.end(`${all.length} bytes`);
      resolve(all);
    }),
  );
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.4', resolve));
  return { heard, close: () => server.close() };
};

/** Sends what a hypervisor would; answers what comes back. */
const send = async (uri: string, bytes: Buffer): Promise<string> => {
  const { port } = new URL(uri);
  const socket = connect({ port: Number(port), host: '127.0.0.3', allowHalfOpen: true });
  socket.on('error', () => {});
  socket.end(bytes);
  return (await buffer(socket).catch(() => Buffer.from('broken'))).toString();
};

test('what is given up here arrives there byte for byte, and what is answered comes back', async () => {
  const uuid = randomUUID();
  await door.expect(uuid);
  const way = await openWay(uuid, '127.0.0.2', { tls: host, door: DOOR, local: '127.0.0.3' });
  const waiting = await hypervisor(Number(new URL(way.uri).port));
  const memory = randomBytes(20 << 20);
  assert.equal(await send(way.uri, memory), `${memory.length} bytes`);
  assert.ok((await waiting.heard).equals(memory));
  assert.equal(way.trouble, undefined);
  way.close();
  waiting.close();
});

test('a guest that was not announced, or is no more, is not let in; nor is who is no host', async () => {
  const uuid = randomUUID();
  const tries = async (tls: typeof host, words: RegExp): Promise<void> => {
    const way = await openWay(uuid, '127.0.0.2', { tls, door: DOOR, local: '127.0.0.3' });
    const waiting = await hypervisor(Number(new URL(way.uri).port));
    let came = false;
    void waiting.heard.then(() => {
      came = true;
    });
    assert.doesNotMatch(await send(way.uri, Buffer.from('memory')), /bytes/);
    assert.match(logged.at(-1)!, words);
    assert.equal(came, false);
    way.close();
    waiting.close();
  };
  await tries(host, /was not announced/);
  await door.expect(uuid);
  await tries(other as typeof host, /the certificate of other is no host's/);
  door.forget(uuid);
  await tries(host, /was not announced/);
});

test('an errand to a port that is none of a migration, or none at all, is not done', async () => {
  const uuid = randomUUID();
  await door.expect(uuid);
  for (const words of [JSON.stringify({ uuid, port: 22 }), 'memory', 'x'.repeat(500)]) {
    const before = logged.length;
    const socket = connectTls({ ...(await host()), host: '127.0.0.2', port: DOOR });
    socket.on('error', () => {});
    socket.write(`${words}\n`);
    await new Promise((resolve) => socket.once('close', resolve));
    assert.match(logged.slice(before).join(''), /was not let in/);
  }
});

test('a door that is shut is told in words', async () => {
  const way = await openWay(randomUUID(), '127.0.0.9', { tls: host, door: DOOR, local: '127.0.0.3' });
  await send(way.uri, Buffer.from('memory'));
  assert.match(way.trouble!, /ECONNREFUSED 127\.0\.0\.9/);
  way.close();
});
