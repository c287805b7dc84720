import { test } from 'node:test';
import { channel as declared } from '@virtstack/libvirt/xml/devices.ts';
import { expectXml } from '../testing/expect-xml.ts';
import { channel } from './channel.ts';

test('a channel is a socket on the host and a named device in the guest', () => {
  const expected = (target: string) =>
    `<channel type='unix'><source mode='bind' path='/run/c'/><target type='${target}' name='control'/></channel>`;
  expectXml(declared, (profile) => channel({ name: 'control', path: '/run/c' }, profile), {
    kvm: expected('virtio'),
    xen: expected('xen'),
    test: expected('virtio'),
  });
});
