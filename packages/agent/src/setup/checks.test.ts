import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, before, test } from 'node:test';
import type { SetupRequest } from '@virtstack/protocol';
import { authority } from '../testing/certificates.ts';
import { enterWorld } from '../testing/enter-world.ts';
import { makeSetupHost, type Ran, runSetup } from '../testing/setup-host.ts';
import { places } from './places.ts';

await enterWorld(import.meta.filename);
before(makeSetupHost);

const run = (file: string, ...args: string[]): void => void execFileSync(file, args);
const check = (more: Partial<SetupRequest<'check'>> = {}, prefix: readonly string[] = []): Promise<Ran> =>
  runSetup('check', { hypervisor: 'KVM', emulation: true, bridges: [], serverTimeMs: Date.now(), ...more }, { prefix });

/** Files that a test writes, each of which is put back after it. */
const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0).toReversed()) each();
});
const write = (path: string, text: string): void => {
  let former: string | undefined;
  try {
    former = readFileSync(path, 'utf8');
  } catch {
    former = undefined;
  }
  rmSync(path, { force: true });
  undo.push(() => (former === undefined ? rmSync(path, { force: true }) : writeFileSync(path, former)));
  writeFileSync(path, text);
};

/** Of all checks this one alone fails. */
const failsAlone = (ran: Ran, name: RegExp): { words: string; advice: string } => {
  const failed = ran.steps.filter(({ state }) => state === 'failed');
  assert.deepEqual(
    failed.map((step) => step.name).filter((each) => !name.test(each)),
    [],
  );
  assert.equal(failed.length, 1);
  assert.equal(ran.code, 1);
  return { words: failed[0]!.words!, advice: failed[0]!.advice ?? '' };
};

test('a host that serves is told so, check by check, and described', async () => {
  const ran = await check();
  assert.deepEqual(
    ran.steps.filter(({ state }) => state === 'failed'),
    [],
  );
  assert.equal(ran.code, 0);
  assert.match(ran.step(/versions/).words!, /QEMU 7\.\S+ \(installed\), libvirt 9\.\S+ \(installed\)/);
  const { hostname, arch, operatingSystem } = ran.result as Record<string, string>;
  assert.deepEqual([hostname, arch], ['setup-host', 'x86_64']);
  assert.match(operatingSystem!, /Debian/);
  assert.equal(
    ran.steps.filter(({ state }) => state === 'started').length,
    ran.steps.filter(({ state }) => state === 'done').length,
  );
});

test('another system is refused with the names of those that are supported', async () => {
  rmSync('/etc/os-release');
  undo.push(() => {
    rmSync('/etc/os-release', { force: true });
    symlinkSync('../usr/lib/os-release', '/etc/os-release');
  });
  writeFileSync('/etc/os-release', 'PRETTY_NAME="Fedora Linux 42"\nID=fedora\n');
  const { words, advice } = failsAlone(await check(), /operating system/);
  assert.match(words, /is Fedora Linux 42; supported are Debian and Ubuntu/);
  assert.match(advice, /Debian 12 or newer/);
});

test('a host without the hypervisor is told why, and every other check is made all the same', async () => {
  const ran = await check({ hypervisor: 'XEN', bridges: ['cloudbr7'] });
  assert.equal(ran.code, 1);
  assert.match(ran.step(/hypervisor/).words!, /XEN is not enabled on this host\. This machine was not booted under Xen/);
  assert.match(ran.step(/hypervisor/).advice!, /xen-system-amd64/);
  assert.match(ran.step(/versions/).words!, /No source of apt has the package qemu-system-xen/);
  assert.match(ran.step(/bridges/).words!, /no bridge cloudbr7; it has none/);
  assert.equal((ran.result as { arch: string }).arch, 'x86_64');
});

test('a XenServer is refused whatever is wanted of it', async () => {
  write('/etc/xensource-inventory', '');
  const { words } = failsAlone(await check(), /hypervisor/);
  assert.match(words, /XenServer or XCP-ng/);
});

test('an unknown type of cluster is named with those that are known', async () => {
  const ran = await check({ hypervisor: 'VMware' });
  assert.equal(ran.code, 1);
  assert.match(ran.steps.at(-1)!.words!, /No host of type "VMware" can be made; there are KVM, XEN/);
});

test('a bridge that is missing is named with those that are there', async () => {
  run('ip', 'link', 'add', 'name', 'cloudbr0', 'type', 'bridge');
  undo.push(() => run('ip', 'link', 'delete', 'dev', 'cloudbr0'));
  const { words, advice } = failsAlone(await check({ bridges: ['cloudbr0', 'cloudbr1'] }), /bridges/);
  assert.equal(words, 'The host has no bridge cloudbr1; it has cloudbr0.');
  assert.match(advice, /label of the zone’s traffic type/);
  assert.equal((await check({ bridges: ['cloudbr0'] })).step(/bridges/).words, 'cloudbr0');
});

test('a clock that is wrong is told with how far, which way, and how to set it', async () => {
  const { words, advice } = failsAlone(await check({ serverTimeMs: Date.now() + 600_000 }), /clock/);
  assert.match(words, /(5\d\d|600) s behind the server’s/);
  assert.match(advice, /timedatectl set-ntp true .*date -s @\d{10}/);
  assert.equal((await check({ serverTimeMs: Date.now() - 20_000 })).code, 0);
});

test('a disk that is too small is told with the figures', async () => {
  run('mount', '-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', '/opt');
  undo.push(() => run('umount', '/opt'));
  const { words } = failsAlone(await check(), /disk/);
  assert.match(words, /^4\d MB are free in \/opt; Node and the agent need 300 MB\.$/);
});

test('a host that cannot find itself is told which line is missing', async () => {
  write('/etc/hosts', '127.0.0.1 localhost\n');
  const { words, advice } = failsAlone(await check(), /name/);
  assert.match(words, /own name setup-host has no address/);
  assert.match(advice, /127\.0\.1\.1 setup-host/);
});

test('a host of another cloud is refused with its server, whether that is known by its address or by its authority', async () => {
  for (const name of ['one', 'two']) mkdirSync(`/run/${name}`, { recursive: true });
  const [one, two] = ['one', 'two'].map((name) => readFileSync(authority(`/run/${name}`).ca, 'utf8'));
  mkdirSync(places.pki, { recursive: true });
  const guid = '6a1f0f0e-43b5-4e0c-8f6e-0d6a8a0b3c11';
  write(places.config, JSON.stringify({ server: 'wss://there:8250/agent', guid }));
  write(places.found, '{}');
  const { words, advice } = failsAlone(await check({ server: 'wss://here:8250/agent' }), /another cloud/);
  assert.match(words, /belongs to another cloud already: its agent is that of wss:\/\/there:8250\/agent/);
  assert.match(advice, /agent\.mjs leave/);
  write(places.authority, one!);
  failsAlone(await check({ server: 'wss://there:8250/agent', authority: two! }), /another cloud/);
  const moved = await check({ server: 'wss://here:8250/agent', authority: one! });
  assert.equal(moved.code, 0);
  assert.equal((moved.result as { guid: string }).guid, guid);
});

test('an agent that somebody put there by hand, or the cloud that runs there itself, is not changed', async () => {
  mkdirSync(places.data, { recursive: true });
  write(places.config, JSON.stringify({ server: 'wss://here:8250/agent', ca: '/run/none.pem' }));
  const { words, advice } = failsAlone(await check({ server: 'wss://here:8250/agent' }), /another cloud/);
  assert.match(words, /an agent of wss:\/\/here:8250\/agent that was put there by hand/);
  assert.match(advice, /add the host without a user name/);
});

test('certificates that an admin has given libvirt are not taken over', async () => {
  const conf = '/etc/libvirt/libvirtd.conf';
  write(conf, `${readFileSync(conf, 'utf8')}\ncert_file = "/etc/pki/mine.pem"\n`);
  const { words } = failsAlone(await check(), /TLS/);
  assert.match(words, /libvirtd\.conf says already .*\(cert_file\); that is not overwritten/);
});

test('who is not root is told so', async () => {
  const ran = await check({}, ['setpriv', '--reuid=65534', '--clear-groups']);
  assert.match(ran.step(/root/).words!, /runs as user 65534, not as root/);
  assert.equal(ran.code, 1);
});

test('what is no request is refused with where to read', async () => {
  const ran = await runSetup('check', { hypervisor: 7 });
  assert.equal(ran.code, 1);
  assert.match(ran.steps[0]!.words!, /check reads one JSON document from standard input/);
});
