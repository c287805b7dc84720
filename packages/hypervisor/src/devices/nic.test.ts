import { test } from 'node:test';
import { networkInterface } from '@virtstack/libvirt/xml/devices.ts';
import { expectXml } from '../testing/expect-xml.ts';
import { nic } from './nic.ts';

test('a NIC has the model of its hypervisor, and an MTU where one is wanted', () => {
  const expected = (model: string) => `<interface type='bridge'><mac address='02:00:00:00:00:01'/><source bridge='br0'/>
    <model type='${model}'/><mtu size='1450'/></interface>`;
  expectXml(networkInterface, (profile) => nic({ mac: '02:00:00:00:00:01', bridge: 'br0', mtu: 1450 }, profile), {
    kvm: expected('virtio'),
    xen: expected('netfront'),
    test: expected('e1000'),
  });
});
