import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogue, profileLabelled, profileOf } from './catalogue.ts';
import { domainXml } from './domain.ts';
import { type HostFiles, isHypervisorEnabled, sharedDevices } from './enabled.ts';
import { hostPackages } from './host-packages.ts';
import { migrationFlags, movableModes, peerUri } from './migration.ts';
import { offeredModes } from './modes.ts';
import { accelerationProbe } from './probe.ts';
import type { Profile } from './profile.ts';
import { fullGuest } from './testing/guests.ts';
import { type Answers, hostOf, type ProfileName, profileNames, profiles } from './testing/profiles.ts';
import { type Versions, versionProblems } from './versions.ts';

/** The profiles, and which of their fields the tests of this file made somebody read. */
const read = new Set<string>();
const watched = Object.fromEntries(profileNames.map((name) => [name, watch<Profile>(profiles[name])])) as Record<
  ProfileName,
  Profile
>;
const everyProfile = Object.values(watched);

test('a profile is found by the type of its connection and by its label', () => {
  const labels: Answers<readonly [label: string, driver: string]> = {
    kvm: ['KVM', 'QEMU'],
    xen: ['XEN', 'Xen'],
    test: ['Test', 'TEST'],
  };
  for (const name of profileNames) {
    const [label, driver] = labels[name];
    assert.equal(profileOf(driver, everyProfile), watched[name]);
    assert.equal(profileLabelled(label, everyProfile), watched[name]);
  }
  assert.deepEqual(
    catalogue.map(({ label }) => label),
    ['KVM', 'XEN'],
  );
  assert.equal(profileLabelled('XenServer'), undefined);
  assert.throws(() => profileOf('TEST'), /driver "TEST" is not supported; supported are QEMU, Xen\./);
});

test('what is too old is told with both versions', () => {
  const old: Versions = { hypervisor: '3.9.9', libvirt: '8.10.0', emulator: '7.1.50' };
  const libvirt = 'libvirt 8.10.0 is older than 9.0, the oldest that is supported.';
  const problems: Answers<readonly string[]> = {
    kvm: ['QEMU 3.9.9 is older than 7.2, the oldest that is supported.', libvirt],
    xen: [
      'Xen 3.9.9 is older than 4.17, the oldest that is supported.',
      libvirt,
      'QEMU 7.1.50 is older than 7.2, the oldest that is supported.',
    ],
    test: [libvirt],
  };
  const enough: Versions = { hypervisor: '7.2.0', libvirt: '9.0.0', emulator: '10.0' };
  for (const name of profileNames) {
    assert.deepEqual(versionProblems(watched[name], old), problems[name]);
    assert.deepEqual(versionProblems(watched[name], enough), []);
    assert.deepEqual(versionProblems(watched[name], {}), []);
  }
  assert.deepEqual(versionProblems(watched.xen, { hypervisor: '4.17.7' }), []);
  assert.deepEqual(versionProblems(watched.xen, { hypervisor: '4.9' }), [
    'Xen 4.9 is older than 4.17, the oldest that is supported.',
  ]);
});

test('a version that cannot be read is as bad as an old one', () => {
  const words = (said: string) => versionProblems(watched.test, { libvirt: said });
  assert.deepEqual(words(''), ['libvirt does not tell its version (nothing); the oldest that is supported is 9.0.']);
  assert.match(words('unknown')[0]!, /libvirt does not tell its version \("unknown"\)/);
  assert.match(words('0.0.0')[0]!, /does not tell its version/);
});

test('what others read of a profile is well formed', () => {
  const domainZero: Answers<boolean> = { kvm: false, xen: true, test: false };
  const hears: Answers<boolean> = { kvm: false, xen: true, test: false };
  const configurations: Answers<string | undefined> = {
    kvm: '/etc/libvirt/qemu.conf',
    xen: '/etc/libvirt/libxl.conf',
    test: undefined,
  };
  const daemons: Answers<string | undefined> = { kvm: 'virtqemud', xen: 'virtxend', test: undefined };
  const strays: Answers<Profile['strays']> = {
    kvm: undefined,
    xen: { list: ['xl', 'vm-list'], end: ['xl', 'destroy'] },
    test: undefined,
  };
  const shared: Answers<ReturnType<typeof sharedDevices>> = { kvm: [{ device: '/dev/kvm', group: 'kvm' }], xen: [], test: [] };
  for (const name of profileNames) {
    const { uri, packages, macPrefix, controlDomain, shutdownHeard, modes, minimum, enabledWhen } = watched[name];
    assert.match(uri, /^[a-z]+:\/\/\/[a-z]+$/);
    for (const { version, package: from, files = [], programs = [] } of minimum) {
      assert.match(version, /^\d+(\.\d+)+$/);
      for (const each of [...files, ...programs]) assert.match(each, /^\/[a-z0-9/_-]+$/);
      assert.ok(
        [...packages, ...hostPackages].some((each) => each === from),
        `${from} is installed`,
      );
    }
    for (const evidence of enabledWhen) {
      if ('absent' in evidence) assert.match(evidence.absent, /^\/[a-z/-]+$/);
      if ('device' in evidence) assert.match(evidence.device, /^\/dev\//);
      for (const words of [evidence.otherwise.cause, evidence.otherwise.mend]) assert.match(words, /^[A-Z/a-z].{8,}/);
    }
    const { configuration, daemon } = watched[name];
    assert.equal(configuration, configurations[name]);
    assert.equal(daemon, daemons[name]);
    for (const each of packages) assert.match(each, /^[a-z0-9][a-z0-9+.-]+$/);
    assert.match(macPrefix, /^[0-9a-f][02468ace](:[0-9a-f]{2}){2}$/, 'an address of one machine, not of a group');
    assert.equal(controlDomain, domainZero[name]);
    assert.equal(shutdownHeard, hears[name]);
    const { strays: found } = watched[name] as Profile;
    assert.deepEqual(found && { list: [...found.list], end: [...found.end] }, strays[name]);
    assert.deepEqual(sharedDevices(watched[name]), shared[name]);
    assert.equal(new Set(modes.map((mode) => mode.name)).size, modes.length, 'a mode is there once');
  }
});

test('which modes move, and how, is the profile’s', () => {
  const modes: Answers<ReturnType<typeof movableModes>> = {
    kvm: { live: ['hvm'], paused: ['hvm'], abortable: true },
    xen: { live: ['pvh', 'hvm'], paused: ['pvh', 'pv', 'hvm'], abortable: false },
    test: { live: [], paused: [], abortable: false },
  };
  const uris: Answers<string> = {
    kvm: 'qemu+tls://10.0.0.2/system?pkipath=/pki',
    xen: 'xen+tls://10.0.0.2/system?pkipath=/pki',
    test: 'test+tls://10.0.0.2/default?pkipath=/pki',
  };
  const carried: Answers<boolean | undefined> = { kvm: false, xen: true, test: undefined };
  const flags: Answers<readonly [paused: string, live: string]> = {
    kvm: ['21e', '221f'],
    xen: ['1a', '1b'],
    test: ['1a', '1b'],
  };
  for (const name of profileNames) {
    assert.deepEqual(movableModes(profiles[name], hostOf(name)), modes[name]);
    assert.equal((watched[name] as Profile).migration?.carried, carried[name]);
    assert.equal(peerUri(watched[name], '10.0.0.2', '/pki'), uris[name]);
    assert.deepEqual(
      [false, true].map((live) => migrationFlags(watched[name], live).toString(16)),
      flags[name],
    );
  }
  assert.equal(peerUri(watched.kvm, 'fd00::2', '/pki'), 'qemu+tls://[fd00::2]/system?pkipath=/pki');
});

test('every field of a profile is read, and there are at most 40', async () => {
  for (const name of profileNames) {
    const profile = watched[name];
    const host = hostOf(name);
    for (const accelerated of [true, false]) {
      for (const { mode } of offeredModes(profile, host))
        domainXml({ ...fullGuest(profile), mode: mode.name }, profile, { ...host, accelerated });
    }
    for (const live of [true, false]) migrationFlags(profile, live);
    movableModes(profile, host);
    accelerationProbe(profile, host, '/disk', '00000000-0000-4000-8000-000000000009');
    await isHypervisorEnabled(profile, everythingThere);
    const fields = fieldsOf(profiles[name]);
    assert.deepEqual(
      fields.filter((field) => !read.has(field)),
      [],
    );
    assert.ok(Object.keys(profiles[name]).length <= 40);
  }
});

const everythingThere: HostFiles = {
  read: async () => 'xen control_d',
  isDirectory: async () => true,
  opens: async () => true,
  exists: async () => true,
};

/** The same data, which notes the path of each field that is read. */
function watch<T extends object>(data: T, path = ''): T {
  return new Proxy(data, {
    get: (target, key) => {
      const found: unknown = Reflect.get(target, key);
      const here = Array.isArray(target) ? path : `${path}.${String(key)}`;
      if (!Array.isArray(target)) read.add(here);
      return typeof found === 'object' && found !== null ? watch(found, here) : found;
    },
  });
}

function fieldsOf(data: unknown, path = ''): string[] {
  if (Array.isArray(data)) return data.flatMap((each) => fieldsOf(each, path));
  if (typeof data !== 'object' || data === null) return [path];
  return Object.entries(data).flatMap(([key, value]) => fieldsOf(value, `${path}.${key}`));
}
