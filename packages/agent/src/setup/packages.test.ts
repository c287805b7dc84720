import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { before, beforeEach, test } from 'node:test';
import { enterWorld } from '../testing/enter-world.ts';
import { isInstalled, tinyPackage } from '../testing/packages.ts';
import { makeSetupHost } from '../testing/setup-host.ts';
import { openFindings } from './found.ts';
import { places } from './places.ts';
import { installMissing, removeAdded } from './steps/packages.ts';

await enterWorld(import.meta.filename);

const apt = (...args: string[]): void =>
  void execFileSync('apt-get', ['--yes', '-q', ...args], {
    stdio: 'pipe',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });

before(() => {
  makeSetupHost();
  tinyPackage({ name: 'tiny-base' });
  tinyPackage({ name: 'tiny-one', depends: 'tiny-base' });
  tinyPackage({ name: 'tiny-two' });
  tinyPackage({ name: 'tiny-users', depends: 'tiny-base' });
  tinyPackage({ name: 'tiny-rival', conflicts: 'tiny-two' });
  tinyPackage({ name: 'tiny-broken', postinst: 'echo it cannot be >&2; test -e /run/mended' });
});

beforeEach(() => {
  const all = ['base', 'one', 'two', 'users', 'rival', 'broken'].map((name) => `tiny-${name}`).filter(isInstalled);
  if (all.length > 0) apt('purge', ...all);
  rmSync(places.data, { recursive: true, force: true });
  mkdirSync(places.data, { recursive: true });
});

test('what is missing is installed with what it needs, remembered, and removed again', async () => {
  const findings = await openFindings();
  assert.match(await installMissing(findings, ['tiny-one', 'coreutils']), /installed 2: /);
  assert.ok(existsSync('/opt/tiny/tiny-one') && isInstalled('tiny-base'));
  assert.deepEqual([...(await openFindings()).now.packages].sort(), ['tiny-base', 'tiny-one']);
  assert.match(await installMissing(findings, ['tiny-one', 'coreutils']), /all 2 are there/);
  assert.match(await removeAdded(await openFindings()), /^removed 2: /);
  assert.ok(!existsSync('/opt/tiny/tiny-one') && !isInstalled('tiny-base'));
  assert.match(await removeAdded(findings), /none had been installed/);
});

test('what was there before stays, and so does what an admin’s package needs by now', async () => {
  apt('install', 'tiny-two');
  const findings = await openFindings();
  await installMissing(findings, ['tiny-one', 'tiny-two']);
  apt('install', 'tiny-users');
  assert.match(await removeAdded(findings), /^removed 1: tiny-one; tiny-base stay, for other packages need them$/);
  assert.deepEqual(['tiny-one', 'tiny-base', 'tiny-two', 'tiny-users'].map(isInstalled), [false, true, true, true]);
});

test('nothing is removed while a guest is defined on the host, whoever made it', async () => {
  const findings = await openFindings();
  await installMissing(findings, ['tiny-one']);
  writeFileSync(
    '/run/domain.xml',
    "<domain type='qemu'><name>theirs</name><memory>16384</memory><os><type>hvm</type></os></domain>",
  );
  execFileSync('virsh', ['define', '/run/domain.xml']);
  assert.match(await removeAdded(findings), /^all 2 stay, for guests are defined on the host \(theirs\)/);
  execFileSync('virsh', ['undefine', 'theirs']);
  assert.match(await removeAdded(findings), /^removed 2/);
});

test('an installation for which something would be removed is refused', async () => {
  apt('install', 'tiny-two');
  const findings = await openFindings();
  await assert.rejects(installMissing(findings, ['tiny-rival']), {
    message: /apt would remove tiny-two in order to install tiny-rival/,
  });
  assert.ok(isInstalled('tiny-two'));
  assert.deepEqual(findings.now.packages, []);
});

test('a package that cannot be installed is told in apt’s words with what to do, and taken up again', async () => {
  rmSync('/run/mended', { force: true });
  const findings = await openFindings();
  await assert.rejects(installMissing(findings, ['tiny-broken']), {
    message: /tiny-broken could not be installed: .*it cannot be.*post-installation script/s,
    advice: /apt-get install tiny-broken/,
  });
  writeFileSync('/run/mended', '');
  await assert.rejects(installMissing(findings, ['tiny-nowhere']), { message: /Unable to locate package tiny-nowhere/ });
  await installMissing(findings, ['tiny-broken']);
  assert.ok(isInstalled('tiny-broken'));
  assert.match(await removeAdded(findings), /removed 1/);
});

test('what could not be installed to its end is removed all the same', async () => {
  rmSync('/run/mended', { force: true });
  const findings = await openFindings();
  await assert.rejects(installMissing(findings, ['tiny-broken']));
  await removeAdded(findings);
  assert.ok(!existsSync('/opt/tiny/tiny-broken'));
});
