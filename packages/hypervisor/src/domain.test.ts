import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@virtstack/libvirt/xml/declare.ts';
import { type Domain, domain } from '@virtstack/libvirt/xml/domain.ts';
import { XmlError } from '@virtstack/libvirt/xml/tree.ts';
import fc from 'fast-check';
import { domainXml } from './domain.ts';
import type { Guest } from './guest.ts';
import { minimalGuest } from './testing/guests.ts';
import {
  type Answers,
  type AnswersByMode,
  answerOf,
  everyMode,
  hostOf,
  type ProfileName,
  profileNames,
  profiles,
} from './testing/profiles.ts';

const made = (name: ProfileName, guest: Partial<Guest> = {}, accelerated = true): Domain =>
  parse(domain, domainXml({ ...minimalGuest(profiles[name]), ...guest }, profiles[name], hostOf(name, accelerated)));

test('the domain has the size, the name and the life cycle that were asked for', () => {
  for (const name of profileNames) {
    const found = made(name, { vcpus: 3, memoryKiB: 262_144, title: 'a title' });
    assert.deepEqual(
      [found.name, found.title, found.vcpu?.count, found.memoryKiB, found.currentMemoryKiB],
      ['i-2-3-VM', 'a title', 3, 262_144, 262_144],
    );
    assert.deepEqual(
      [found.onPowerOff, found.onReboot, found.onCrash, found.clock?.offset],
      ['destroy', 'restart', 'destroy', 'utc'],
    );
  }
});

test('the type and the processor follow from acceleration', () => {
  const answers: Answers<readonly (string | undefined)[]> = {
    kvm: ['kvm', 'host-passthrough', 'qemu', undefined],
    xen: ['xen', undefined, 'xen', undefined],
    test: ['test', undefined, 'test', undefined],
  };
  for (const name of profileNames) {
    const [fast, slow] = [made(name), made(name, {}, false)];
    assert.deepEqual([fast.type, fast.cpu?.mode, slow.type, slow.cpu?.mode], answers[name], name);
  }
});

test('each mode boots in its own way, with its own features', () => {
  const boots: AnswersByMode<readonly [type: string, machine: string | undefined, boot: string | undefined, features: string]> = {
    kvm: { hvm: ['hvm', 'q35', undefined, 'acpi apic'] },
    xen: {
      pvh: ['xenpvh', 'xenpvh', '/usr/lib/grub-xen/grub-i386-xen_pvh.bin', ''],
      pv: ['linux', 'xenpv', '/usr/lib/grub-xen/grub-x86_64-xen.bin', ''],
      hvm: ['hvm', 'xenfv', '/usr/lib/xen-4.17/boot/hvmloader', 'acpi apic pae'],
    },
    test: { hvm: ['hvm', undefined, undefined, ''] },
  };
  for (const { name, mode } of everyMode()) {
    const { os, features } = made(name, { mode: mode.name });
    const booted = [os?.type?.name, os?.type?.machine, os?.kernel ?? os?.loader?.path, features?.join(' ') ?? ''];
    assert.deepEqual(booted, answerOf(boots, name, mode.name), `${name} ${mode.name}`);
    assert.deepEqual(os?.boot, mode.kernel === undefined ? [{ dev: 'hd' }] : undefined);
  }
});

test('DMI tells cloud-init the cloud where there is DMI to write', () => {
  const products: Answers<string | undefined> = { kvm: 'CloudStack KVM Hypervisor', xen: undefined, test: undefined };
  for (const name of profileNames) {
    const { systemInformation, os } = made(name, { mode: 'hvm' });
    assert.equal(systemInformation?.system?.entries?.[0]?.value, products[name]);
    assert.equal(os?.smbios?.mode, products[name] && 'sysinfo');
  }
});

test('no name, title, path or password can break out of its place', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(`'/><x y='`, ']]>', '</name></domain>', '<!--', '&amp;', '\u0000', '\ud800', '\r\n', ' a '),
  );
  fc.assert(
    fc.property(hostile, hostile, fc.constantFrom(...profileNames), (one, two, name) => {
      const guest = {
        name: one,
        title: two,
        disks: [{ slot: 0, path: one, format: 'raw', readOnly: false }],
        channels: [{ name: two, path: one }],
        graphics: { listen: one, password: two },
        consoleLog: two,
      } as const;
      let found: Domain;
      try {
        found = made(name, guest);
      } catch (error) {
        assert.ok(error instanceof XmlError && /cannot carry/.test(error.message), String(error));
        return;
      }
      const { disks, channels, graphics, consoles } = found.devices ?? {};
      assert.deepEqual([found.name, found.title, disks?.length, disks?.[0]?.source?.file], [one, two, 1, one]);
      assert.deepEqual([channels?.[0]?.target?.name, channels?.[0]?.source?.path], [two, one]);
      assert.deepEqual(
        [graphics?.[0]?.listens?.[0]?.address, graphics?.[0]?.password, consoles?.[0]?.log?.file],
        [one, two, two],
      );
    }),
  );
});
