import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accelerationProbe } from './probe.ts';
import { type Answers, hostOf, profileNames, profiles } from './testing/profiles.ts';

const uuid = '00000000-0000-4000-8000-0000000000aa';

test('a hypervisor that never emulates needs no probe; the other is tried with its accelerated type', () => {
  const types: Answers<string | undefined> = { kvm: 'kvm', xen: undefined, test: undefined };
  for (const name of profileNames) {
    const probe = accelerationProbe(profiles[name], hostOf(name, false), '/disk', uuid);
    if (types[name] === undefined) assert.deepEqual(probe, { accelerated: true });
    else assert.match('xml' in probe ? probe.xml : '', new RegExp(`^<domain type='${types[name]}'>`));
  }
});

test('a host whose libvirt does not offer the accelerated type is not accelerated', () => {
  const host = hostOf('kvm', false);
  const emulating = { ...host, guests: host.guests.map((guest) => ({ ...guest, domainTypes: ['qemu'] })) };
  assert.deepEqual(accelerationProbe(profiles.kvm, emulating, '/disk', uuid), { accelerated: false });
});

test('its disk is a boot sector', () => {
  const probe = accelerationProbe(profiles.kvm, hostOf('kvm', false), '/disk', uuid);
  assert.ok('disk' in probe);
  assert.deepEqual([...probe.disk.subarray(510, 513)], [0x55, 0xaa, 0]);
});
