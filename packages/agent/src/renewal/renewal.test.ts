import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hostPackages, profileLabelled } from '@virtstack/hypervisor';
import { agentMethods } from '@virtstack/protocol';
import { places } from '../setup/places.ts';
import { tlsTrouble } from '../setup/tls-trouble.ts';
import { type Authority, authority } from '../testing/certificates.ts';
import { enterWorld } from '../testing/enter-world.ts';
import { isInstalled, tinyPackage } from '../testing/packages.ts';
import { signedFor } from '../testing/renewals.ts';
import { TestServer } from '../testing/server.ts';
import { makeSetupHost, runSetup, signed } from '../testing/setup-host.ts';

await enterWorld(import.meta.filename);

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const home = '/run/authority';
let ca: Authority;
let server: TestServer;
let guid: string;
let csr: string;

/** A host that was added, and its libvirt listens with the cloud's certificate. */
before(async () => {
  makeSetupHost();
  mkdirSync(home);
  ca = authority(home);
  for (const name of [...hostPackages, ...profileLabelled('KVM')!.packages])
    if (!isInstalled(name)) tinyPackage({ name, version: '99:1.0' });
  server = await TestServer.listen(ca);
  const wanted = { hypervisor: 'KVM', emulation: true, bridges: [], server: `${server.url}/agent`, address: '127.0.0.1' };
  mkdirSync(places.programs, { recursive: true });
  const prepared = await runSetup('prepare', { ...wanted, authority: readFileSync(ca.ca, 'utf8') });
  assert.equal(prepared.code, 0, JSON.stringify(prepared.lines));
  ({ guid, csr } = prepared.result as { guid: string; csr: string });
  const certificate = signed(home, csr, `/O=virtstack host/CN=${guid}`);
  assert.equal((await runSetup('join', { certificate, authority: readFileSync(ca.ca, 'utf8') })).code, 0);
  assert.equal(await tlsTrouble(), undefined);
  server.sign = (request, name) => signedFor(home, request, `/O=virtstack host/CN=${name}`, [-1, 300]);
});

after(() => server.close());

const now = (): X509Certificate => new X509Certificate(readFileSync(places.certificate));
/** Gives the host's present key a certificate that is good from and until so many days from now. */
const show = (days: readonly [number, number]): X509Certificate => {
  writeFileSync(places.certificate, signedFor(home, csr, `/O=virtstack host/CN=${guid}`, days));
  return now();
};

/** The agent, while `during` runs. */
const withAgent = async (during: (log: () => string) => Promise<void>): Promise<void> => {
  const child = spawn(process.execPath, [main, places.config], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await during(() => log);
  } catch (error) {
    throw new Error(`${(error as Error).stack}\nThe agent's log:\n${log}`);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
};
/** What the host's key is now: a request of ours for another certificate of it. */
const learnKey = async (): Promise<void> => {
  const { certificateRequest } = await import('../setup/request.ts');
  csr = certificateRequest(guid, readFileSync(places.key, 'utf8'));
};
const long = { from: 0, timeoutMs: 30_000 };

test('a certificate of which a third is left is renewed with a new key, and libvirt shows the new one; guests run on', async () => {
  const before = show([-67, 32]);
  const key = readFileSync(places.key, 'utf8');
  const xml = "<domain type='qemu'><name>theirs</name><memory unit='MiB'>32</memory><os><type>hvm</type></os></domain>";
  writeFileSync('/run/domain.xml', xml);
  execFileSync('virsh', ['create', '/run/domain.xml']);
  const guest = execFileSync('virsh', ['domid', 'theirs'], { encoding: 'utf8' });
  await withAgent(async () => {
    const { serial, trouble } = await server.renewed.next(() => true, long);
    assert.equal(trouble, undefined);
    assert.equal(serial, now().serialNumber.toLowerCase());
  });
  assert.notEqual(now().serialNumber, before.serialNumber);
  assert.notEqual(readFileSync(places.key, 'utf8'), key);
  assert.equal(await tlsTrouble(), undefined, 'libvirt shows the new one');
  assert.equal(execFileSync('virsh', ['domid', 'theirs'], { encoding: 'utf8' }), guest);
  execFileSync('virsh', ['destroy', 'theirs']);
  assert.equal(existsSync(`${places.key}.renewed`), false);
  await learnKey();
});

test('one of which more is left is left alone until the server asks for another', async () => {
  const before = show([-60, 40]);
  const from = server.renewed.all.length;
  await withAgent(async () => {
    const { peer } = await server.agents.next(() => true, { from: server.agents.all.length, timeoutMs: 30_000 });
    await peer.call(agentMethods.report, {}, { timeoutMs: 30_000 });
    assert.equal(now().serialNumber, before.serialNumber);
    assert.equal(server.renewed.all.length, from);
    const { serial } = await peer.call(agentMethods.renewCertificate, {}, { timeoutMs: 40_000 });
    assert.equal(serial, now().serialNumber.toLowerCase());
    assert.notEqual(now().serialNumber, before.serialNumber);
  });
  await learnKey();
});

test('a host that was off past the end of its certificate comes back: the agent renews it, and libvirt starts with the new one', async () => {
  const before = show([-400, -30]);
  execFileSync('systemctl', ['stop', 'libvirtd.service']);
  assert.throws(
    () => execFileSync('systemctl', ['start', 'libvirtd.service'], { stdio: 'pipe' }),
    'libvirt does not start with it',
  );
  const from = server.agents.all.length;
  await withAgent(async () => {
    const { hello } = await server.agents.next(() => true, { from, timeoutMs: 30_000 });
    assert.equal(hello.guid, guid);
  });
  assert.deepEqual(server.expired.all, [guid]);
  assert.notEqual(now().serialNumber, before.serialNumber);
  assert.equal(await tlsTrouble(), undefined);
  await learnKey();
});

test('a renewal that was cut off before both files were in place is ended at the next start', async () => {
  show([-10, 300]);
  const { newKey, certificateRequest } = await import('../setup/request.ts');
  const key = newKey();
  const certificate = signedFor(home, certificateRequest(guid, key), `/O=virtstack host/CN=${guid}`, [-1, 300]);
  writeFileSync(`${places.key}.renewed`, JSON.stringify({ key, certificate }), { mode: 0o600 });
  // As far as it came.
  writeFileSync(places.key, key);
  const from = server.agents.all.length;
  await withAgent(async () => {
    await server.agents.next(() => true, { from, timeoutMs: 30_000 });
  });
  assert.equal(now().serialNumber, new X509Certificate(certificate).serialNumber);
  assert.equal(existsSync(`${places.key}.renewed`), false);
  csr = certificateRequest(guid, key);
});
