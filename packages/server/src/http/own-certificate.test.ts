import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import pino from 'pino';
import type { Authority } from '../accounts/authority.ts';
import { keepRenewed, ownCertificate } from './own-certificate.ts';
import { withServer } from './testing.ts';

const dir = mkdtempSync(join(tmpdir(), 'own-certificate-'));
let authority: Authority;
before(async () => {
  ({ authority } = (await withServer()).cloud);
});
after(() => rmSync(dir, { recursive: true, force: true }));

const hosts = ['127.0.0.1'];
const load = () => ownCertificate(authority, dir, hosts);

test('the certificate of a server that runs is renewed before it ends: who is connected stays, who comes sees the new one', async () => {
  const good = await load();
  assert.equal((await load()).certificate, good.certificate, 'a good one is kept');
  // All its names, and 59 days.
  const { subjectAltName } = new X509Certificate(good.certificate);
  const said = (kind: string): string[] =>
    subjectAltName!.split(', ').flatMap((each) => (each.startsWith(`${kind}:`) ? [each.slice(kind.length + 1)] : []));
  const names = { names: said('DNS'), addresses: said('IP Address') };
  const ending = await authority.issue({ commonName: 'localhost', ...names, days: 59 });
  writeFileSync(join(dir, 'server.pem'), `${ending.certificate}\n${ending.key}\n`);
  const server = createServer({ cert: ending.certificate, key: ending.key }, (_, reply) => reply.end('here'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const visit = async (): Promise<TLSSocket> => {
    const socket = connect({ port, host: '127.0.0.1', ca: authority.certificate });
    await once(socket, 'secureConnect');
    return socket;
  };
  const earlier = await visit();
  const serialOf = (socket: TLSSocket): string => socket.getPeerX509Certificate()!.serialNumber;
  const old = serialOf(earlier);
  assert.equal(old, new X509Certificate(ending.certificate).serialNumber);
  const kept = keepRenewed(
    ending,
    load,
    ({ certificate: cert, key }) => server.setSecureContext({ cert, key }),
    pino({ level: 'silent' }),
  );
  let later: TLSSocket | undefined;
  try {
    await kept.look();
    later = await visit();
    const seen = serialOf(later);
    assert.notEqual(seen, old);
    assert.equal(seen, new X509Certificate((await load()).certificate).serialNumber);
    const asked = request({ createConnection: () => earlier, path: '/' }).end();
    const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream];
    answer.resume();
  } finally {
    later?.destroy();
    kept.stop();
    earlier.destroy();
    server.close();
  }
});
