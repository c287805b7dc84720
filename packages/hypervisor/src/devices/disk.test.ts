import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@virtstack/libvirt/xml/declare.ts';
import { disk as declared } from '@virtstack/libvirt/xml/devices.ts';
import { expectXml } from '../testing/expect-xml.ts';
import { type Answers, profileNames, profiles } from '../testing/profiles.ts';
import { disk, diskName, diskXml } from './disk.ts';

test('a writable disk has the bus and the name of its hypervisor', () => {
  expectXml(declared, (profile) => disk({ slot: 1, path: '/v', format: 'raw', readOnly: false, serial: 'abc' }, profile), {
    kvm: `<disk type='file' device='disk'><driver name='qemu' type='raw' discard='unmap'/><source file='/v'/>
      <target dev='vdb' bus='virtio'/><serial>abc</serial></disk>`,
    xen: `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/v'/><target dev='xvdb' bus='xen'/></disk>`,
    test: `<disk type='file' device='disk'><driver name='file' type='raw'/><source file='/v'/>
      <target dev='sdb' bus='scsi'/><serial>abc</serial></disk>`,
  });
});

test('a read-only disk says so, and discards nothing', () => {
  expectXml(declared, (profile) => disk({ slot: 25, path: '/seed', format: 'raw', readOnly: true }, profile), {
    kvm: `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/seed'/><target dev='vdz' bus='virtio'/><readonly/></disk>`,
    xen: `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/seed'/><target dev='xvdz' bus='xen'/><readonly/></disk>`,
    test: `<disk type='file' device='disk'><driver name='file' type='raw'/><source file='/seed'/><target dev='sdz' bus='scsi'/><readonly/></disk>`,
  });
});

test('an image of a format that the hypervisor does not run is refused', () => {
  const runsQcow2: Answers<boolean> = { kvm: true, xen: true, test: false };
  for (const name of profileNames) {
    const make = () => disk({ slot: 0, path: '/v.qcow2', format: 'qcow2', readOnly: false }, profiles[name]);
    if (runsQcow2[name]) assert.equal(make().driver?.type, 'qcow2');
    else assert.throws(make, /does not run qcow2 images, only raw/);
  }
});

test('a slot that does not exist is refused', () => {
  for (const slot of [-1, 26, 1.5]) assert.throws(() => diskName(slot, profiles.kvm), /slots are 0 to 25/);
});

test('a disk that is plugged in by itself is the one that a definition has', () => {
  const wanted = { slot: 1, path: '/v', format: 'raw', readOnly: false } as const;
  for (const name of profileNames) {
    const made = parse(declared, diskXml(wanted, profiles[name]));
    assert.deepEqual([made.target, made.source], [disk(wanted, profiles[name]).target, { file: '/v' }]);
  }
});
