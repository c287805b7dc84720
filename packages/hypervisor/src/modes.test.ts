import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modeOf, offeredModes } from './modes.ts';
import { type Answers, hostOf, profileNames, profiles } from './testing/profiles.ts';

const preferences: Answers<readonly string[]> = { kvm: ['hvm'], xen: ['pvh', 'pv', 'hvm'], test: ['hvm'] };

test('a host offers the modes that its libvirt can run, in the order of preference', () => {
  for (const name of profileNames) {
    const offered = offeredModes(profiles[name], hostOf(name)).map(({ mode }) => mode.name);
    assert.deepEqual(offered, preferences[name]);
    assert.equal(modeOf({}, profiles[name], hostOf(name)).mode.name, preferences[name][0]);
  }
});

test('the next preference is taken where the host cannot do the first', () => {
  const host = hostOf('xen');
  const without = { ...host, guests: host.guests.filter(({ machines }) => !machines.includes('xenpvh')) };
  assert.equal(modeOf({}, profiles.xen, without).mode.name, 'pv');
  assert.equal(modeOf({ mode: 'hvm' }, profiles.xen, without).mode.name, 'hvm');
  assert.throws(
    () => modeOf({ mode: 'pvh' }, profiles.xen, without),
    /mode pvh is not offered by this XEN host; it offers: pv, hvm\.$/,
  );
});

test('a mode of another architecture or domain type is not offered', () => {
  const host = hostOf('kvm');
  assert.throws(
    () => modeOf({}, profiles.kvm, { ...host, arch: 'aarch64' }),
    /mode \(any\) is not offered by this KVM host; it offers: none\.$/,
  );
  const emulating = { ...host, guests: host.guests.map((guest) => ({ ...guest, domainTypes: ['qemu'] })) };
  assert.deepEqual(offeredModes(profiles.kvm, emulating), []);
  assert.equal(offeredModes(profiles.kvm, { ...emulating, accelerated: false }).length, 1);
});
