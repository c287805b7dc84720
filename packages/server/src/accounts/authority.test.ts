import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { withDatabase } from '../db/testing.ts';
import { type Authority, openAuthority } from './authority.ts';
import { secretsWith } from './secrets.ts';

const key = randomBytes(32);
const subject = { commonName: 'host-a', names: ['localhost'], addresses: ['127.0.0.1', '::1'], days: 30 };

function requestMadeBy(tool: readonly string[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'csr-'));
  try {
    execFileSync(
      'openssl',
      ['req', '-new', '-nodes', ...tool, '-keyout', join(dir, 'k'), '-out', join(dir, 'r'), '-subj', '/CN=evil'],
      { stdio: 'pipe' },
    );
    return readFileSync(join(dir, 'r'), 'utf8');
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Both ends of a mutual TLS connection see each other's certificate. */
async function shakeHands(authority: Authority): Promise<string> {
  const [server, client] = [await authority.issue(subject), await authority.issue({ ...subject, commonName: 'agent-1' })];
  const listener = createServer({
    cert: server.certificate,
    key: server.key,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const peer = new Promise<string>((resolve, reject) => {
    listener.once('secureConnection', (socket: TLSSocket) => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.end();
    });
    listener.once('tlsClientError', reject);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  const socket = connect({ host: '127.0.0.1', port, cert: client.certificate, key: client.key, ca: authority.certificate });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const name = await peer;
  socket.destroy();
  await new Promise((resolve) => listener.close(resolve));
  return name;
}

test('certificates of the authority work on both ends of mutual TLS, and the authority is the same after a restart', async () => {
  const { db } = await withDatabase();
  const [first, second] = await Promise.all([openAuthority(db, secretsWith(key)), openAuthority(db, secretsWith(key))]);
  assert.equal(first.certificate, second.certificate);
  assert.equal(await shakeHands(first), 'agent-1');
  const [row] = await db.selectFrom('authority').selectAll().execute();
  assert.ok(!row!.key.includes('PRIVATE'));
  await assert.rejects(openAuthority(db, secretsWith(randomBytes(32))), /key file/);
});

test('a request is signed for the subject that the server names, not the one that it asks for', async () => {
  const { db } = await withDatabase();
  const authority = await openAuthority(db, secretsWith(key));
  for (const tool of [
    ['-newkey', 'rsa:2048'],
    ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  ]) {
    const certificate = new X509Certificate(await authority.sign(requestMadeBy(tool), subject));
    assert.equal(certificate.subject, 'CN=host-a');
    assert.match(certificate.subjectAltName!, /DNS:localhost, IP Address:127\.0\.0\.1/);
    assert.equal(certificate.checkIssued(new X509Certificate(authority.certificate)), true);
    assert.equal(certificate.verify(new X509Certificate(authority.certificate).publicKey), true);
  }
});

test('what is no request, or was tampered with, is refused', async () => {
  const { db } = await withDatabase();
  const authority = await openAuthority(db, secretsWith(key));
  await assert.rejects(authority.sign('nonsense', subject), { kind: 'parameter' });
  const pem = requestMadeBy(['-newkey', 'rsa:2048']);
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  der[60]! ^= 1;
  const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  await assert.rejects(authority.sign(changed, subject), { kind: 'parameter' });
});

test('a revoked certificate is known by the serial that TLS shows', async () => {
  const { db } = await withDatabase();
  const authority = await openAuthority(db, secretsWith(key));
  const { certificate } = await authority.issue(subject);
  const serial = new X509Certificate(certificate).serialNumber;
  assert.equal(await authority.isRevoked(serial), false);
  await db.updateTable('certificate').set({ revoked: new Date() }).where('serial', '=', serial.toLowerCase()).execute();
  assert.equal(await authority.isRevoked(serial), true);
});
