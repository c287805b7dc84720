import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { before, beforeEach, test } from 'node:test';
import { hostPackages, profileLabelled } from '@virtstack/hypervisor';
import { type Authority, authority } from '../testing/certificates.ts';
import { enterWorld } from '../testing/enter-world.ts';
import { forgetPackage, isInstalled, tinyPackage } from '../testing/packages.ts';
import { makeSetupHost, type Ran, runSetup, signed, snapshot } from '../testing/setup-host.ts';
import { places } from './places.ts';
import { joinSteps, leaveSteps, prepareSteps } from './steps.ts';
import { tlsTrouble } from './tls-trouble.ts';

await enterWorld(import.meta.filename);
const virsh = (...args: string[]): string => execFileSync('virsh', ['--quiet', ...args], { encoding: 'utf8' }).trim();
const server = 'wss://192.0.2.1:8250/agent';
let ca: Authority;
let clean: string;

before(() => {
  makeSetupHost();
  mkdirSync('/run/authority');
  ca = authority('/run/authority');
  // One of those that every host needs is to be installed here, and is this.
  forgetPackage('nftables');
  tinyPackage({ name: 'nftables', depends: 'tiny-base' });
  tinyPackage({ name: 'tiny-base' });
  // What else this machine happens not to have is not of interest.
  for (const name of [...hostPackages, ...profileLabelled('KVM')!.packages])
    if (name !== 'nftables' && !isInstalled(name)) tinyPackage({ name, version: '99:1.0' });
});

/** The packages that this world's source has. */
const purge = (): void => {
  const names = [...readFileSync('/run/repository/Packages', 'utf8').matchAll(/^Package: (.*)$/gm)].map(([, name]) => name!);
  execFileSync('apt-get', ['--yes', '-q', 'purge', ...names], { stdio: 'pipe' });
};

beforeEach(async () => {
  await leave();
  copyProgram();
  clean = snapshot();
});

const wanted = { hypervisor: 'KVM', emulation: true, bridges: [] };
const prepare = (more: object = {}): Promise<Ran> =>
  runSetup('prepare', { ...wanted, server, authority: readFileSync(ca.ca, 'utf8'), address: '192.0.2.9', ...more });
const join = async (prepared: Ran): Promise<Ran> => runSetup('join', joinRequest(prepared));
const joinRequest = ({ result }: Ran) => {
  const { csr } = result as { csr: string };
  return {
    certificate: signed('/run/authority', csr, `/O=virtstack host/CN=${(result as { guid: string }).guid}`),
    authority: readFileSync(ca.ca, 'utf8'),
  };
};
const leave = (): Promise<Ran> => runSetup('leave', {});
const well = (ran: Ran): Ran => {
  assert.equal(ran.code, 0, JSON.stringify(ran.lines, undefined, 1));
  return ran;
};

test('a host is prepared, joins, and when it leaves is what it was', async () => {
  const prepared = well(await prepare());
  const { guid } = prepared.result as { guid: string };
  assert.ok(isInstalled('nftables') && isInstalled('tiny-base'));
  assert.match(readFileSync('/etc/libvirt/qemu.conf', 'utf8'), /^lock_manager = "lockd"$/m);
  const config = JSON.parse(readFileSync(places.config, 'utf8')) as Record<string, string>;
  assert.deepEqual([config.server, config.guid, config.uri], [server, guid, 'qemu:///system']);
  well(await join(prepared));
  assert.equal(await tlsTrouble(), undefined);
  assert.match(readFileSync('/run/units/log', 'utf8'), /enable virtstack-agent\.service\nrestart virtstack-agent\.service\n$/);
  well(await leave());
  asBefore();
});

test('all of it can be done twice: the host keeps its number and its key', async () => {
  const first = well(await prepare());
  const key = readFileSync(places.key, 'utf8');
  const second = well(await prepare({ server: 'wss://192.0.2.2:8250/agent' }));
  assert.deepEqual((second.result as { guid: string }).guid, (first.result as { guid: string }).guid);
  assert.equal(readFileSync(places.key, 'utf8'), key);
  const request = joinRequest(second);
  well(await runSetup('join', request));
  assert.match(well(await runSetup('join', request)).step(/other hosts/).words!, /^it listens$/);
  // A renewed one is shown at once.
  const renewed = well(await runSetup('join', joinRequest(second)));
  assert.match(renewed.step(/other hosts/).words!, /it listens with the cloud’s certificates/);
  well(await leave());
  well(await leave());
});

test('certificates of the cloud that are no host’s are not let in by libvirt', async () => {
  const prepared = well(await prepare());
  const { csr } = prepared.result as { csr: string };
  const certificate = signed('/run/authority', csr, '/O=virtstack router/CN=x');
  const ran = await runSetup('join', { certificate, authority: readFileSync(ca.ca, 'utf8') });
  assert.equal(ran.code, 1);
  assert.match(ran.step(/other hosts/).words!, /libvirt does not serve over TLS: /);
  assert.doesNotMatch(readFileSync('/etc/libvirt/libvirtd.conf', 'utf8'), /virtstack/);
  virsh('list');
});

test('what is not for this host is refused by join, and join without prepare', async () => {
  assert.match((await runSetup('join', { certificate: 'x', authority: 'y' })).steps[0]!.words!, /The host was not prepared/);
  const prepared = well(await prepare());
  const other = ca.issue('other');
  const ran = await runSetup('join', { ...joinRequest(prepared), certificate: readFileSync(other.certificate, 'utf8') });
  assert.match(ran.step(/certificate/).words!, /is not for this host’s key/);
});

test('a prepared host is not taken by another cloud', async () => {
  well(await prepare());
  const config = readFileSync(places.config, 'utf8');
  mkdirSync('/run/authority2', { recursive: true });
  const ran = await prepare({
    authority: readFileSync(authority('/run/authority2').ca, 'utf8'),
    server: 'wss://192.0.2.7:8250/agent',
  });
  assert.equal(ran.code, 1);
  assert.match(ran.step(/another cloud/).words!, /belongs to another cloud already: its agent is that of wss:\/\/192\.0\.2\.1/);
  assert.equal(readFileSync(places.config, 'utf8'), config);
});

test('guests that run stay as they are, are not surprised by a lock manager, and keep what they need', async () => {
  const xml = "<domain type='qemu'><name>theirs</name><memory unit='MiB'>32</memory><os><type>hvm</type></os></domain>";
  writeFileSync('/run/domain.xml', xml);
  virsh('create', '/run/domain.xml');
  try {
    const before = readFileSync('/etc/libvirt/qemu.conf', 'utf8');
    const prepared = well(await prepare());
    assert.match(prepared.step(/twice/).words!, /stays off, for guests run that were started without: theirs/);
    assert.equal(readFileSync('/etc/libvirt/qemu.conf', 'utf8'), before);
    well(await join(prepared));
    const left = well(await leave());
    assert.match(left.step(/remove packages/).words!, /all \d stay, for guests are defined on the host \(theirs\)/);
    assert.equal(virsh('domstate', 'theirs'), 'running');
  } finally {
    virsh('destroy', 'theirs');
    purge();
  }
});

test('what was never prepared is not touched by leave', async () => {
  mkdirSync(places.data, { recursive: true });
  writeFileSync(places.config, JSON.stringify({ server }));
  assert.match(well(await leave()).step(/changed/).words!, /nothing: there is no .*found\.json/);
  assert.ok(existsSync(places.config));
  rmSync(places.data, { recursive: true });
});

test('what an admin changed meanwhile in a file that was changed stays', async () => {
  const file = '/etc/libvirt/qemu.conf';
  const before = readFileSync(file, 'utf8');
  well(await prepare());
  writeFileSync(file, `${readFileSync(file, 'utf8')}max_queued = 5\n`);
  well(await leave());
  assert.equal(readFileSync(file, 'utf8'), `${before}max_queued = 5\n`);
  writeFileSync(file, before);
});

const everyStep = [
  ...prepareSteps.map(({ name }) => ['prepare', name] as const),
  ...joinSteps.map(({ name }) => ['join', name] as const),
];

test('killed at every one of its steps in turn, a host is prepared in the end, and leaves as it was', async () => {
  for (const [command, name] of everyStep) await killedAt(command, name);
  well(await join(well(await prepare())));
  assert.equal(await tlsTrouble(), undefined);
  well(await leave());
  asBefore();
});

for (const [command, name] of everyStep)
  test(`killed at “${name}”, a host can leave from there`, async () => {
    await killedAt(command, name);
    well(await leave());
    asBefore();
  });

test('killed at every step of leaving in turn, a host has left in the end', async () => {
  well(await join(well(await prepare())));
  for (const { name } of leaveSteps)
    await runSetup('leave', {}, { onLine: (line, child) => line.kind === 'step' && line.name === name && child.kill('SIGKILL') });
  well(await leave());
  asBefore();
});

/** The program that runs these is gone with the rest. */
const asBefore = (): void => {
  assert.ok(!existsSync(places.data) && !existsSync(places.programs));
  copyProgram();
  assert.equal(snapshot(), clean);
};

const copyProgram = (): void => {
  mkdirSync(places.programs, { recursive: true });
  writeFileSync(`${places.programs}/agent.mjs`, '');
};

/** Prepares and joins until a step has begun, and kills it there. */
const killedAt = async (command: 'prepare' | 'join', name: string): Promise<void> => {
  const onLine: NonNullable<Parameters<typeof runSetup>[2]>['onLine'] = (line, child) => {
    if (line.kind === 'step' && line.name === name) child.kill('SIGKILL');
  };
  const request = { ...wanted, server, authority: readFileSync(ca.ca, 'utf8'), address: '192.0.2.9' };
  const prepared = await runSetup('prepare', request, command === 'prepare' ? { onLine } : {});
  if (command === 'join') await runSetup('join', joinRequest(well(prepared)), { onLine });
};
