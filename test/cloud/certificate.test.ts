import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { Cloud, sh } from './cloud.ts';

describe('a certificate of one’s own', () => {
  const cloud = new Cloud();
  const certificate = '/run/own.pem';

  before(async () => {
    const name = ['-subj', '/CN=cloud.example.org', '-addext', 'subjectAltName=DNS:cloud.example.org'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/run/own.key'];
    await sh('openssl', 'req', '-x509', ...key, '-out', certificate, '-days', '2', ...name);
    await cloud.up('--certificate', certificate, '--key', '/run/own.key');
  });
  after(() => cloud.end());

  it('is what people are shown, and programs verify it by its name', async () => {
    const socket = connect({ host: '127.0.0.1', port: 8443, servername: 'cloud.example.org', ca: readFileSync(certificate) });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    assert.equal(socket.getPeerCertificate().subject.CN, 'cloud.example.org');
    socket.destroy();
  });

  it('leaves agents with the cloud’s own authority, and the command line at work; it is remembered', async () => {
    assert.match(await cloud.virtstack('status'), /host .*: Up/);
    await cloud.virtstack('down');
    await cloud.virtstack('up', '--detach');
    assert.match(await cloud.virtstack('status'), /API +answers/);
  });

  it('plain HTTP on the same port is sent on to HTTPS', async () => {
    const reply = await fetch('http://127.0.0.1:8443/client/', { redirect: 'manual' });
    assert.equal(reply.status, 308);
    assert.equal(reply.headers.get('location'), 'https://127.0.0.1:8443/client/');
  });
});
