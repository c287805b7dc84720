import { test } from 'node:test';
import { devices } from '@virtstack/libvirt/xml/devices.ts';
import { expectXml } from '../testing/expect-xml.ts';
import { hotplugPorts } from './hotplug-ports.ts';

test('a guest on PCI Express has ports for what is attached later', () => {
  expectXml(devices, hotplugPorts, {
    kvm: `<devices><controller type='pci' index='0' model='pcie-root'/>
      ${"<controller type='pci' model='pcie-root-port'/>".repeat(16)}</devices>`,
    xen: '<devices/>',
    test: '<devices/>',
  });
});
