import { test } from 'node:test';
import { devices } from '@virtstack/libvirt/xml/devices.ts';
import { expectXml } from '../testing/expect-xml.ts';
import { memoryBalloon } from './memory-balloon.ts';

test('the balloon is told to report where it can, and is left to libvirt elsewhere', () => {
  expectXml(devices, memoryBalloon, {
    kvm: `<devices><memballoon model='virtio'><stats period='10'/></memballoon></devices>`,
    xen: '<devices/>',
    test: '<devices/>',
  });
});
