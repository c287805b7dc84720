import { test } from 'node:test';
import { devices } from '@virtstack/libvirt/xml/devices.ts';
import { expectXml } from '../testing/expect-xml.ts';
import { randomGenerator } from './random-generator.ts';

test('a guest gets randomness from its host where the hypervisor has a device for it', () => {
  expectXml(devices, randomGenerator, {
    kvm: `<devices><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices>`,
    xen: '<devices/>',
    test: '<devices/>',
  });
});
