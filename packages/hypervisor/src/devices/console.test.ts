import { test } from 'node:test';
import { devices } from '@virtstack/libvirt/xml/devices.ts';
import { expectXmlByMode } from '../testing/expect-xml.ts';
import { consoles } from './console.ts';

const serial = `<devices><serial type='pty'><log file='/l' append='off'/><target port='0'/></serial>
  <console type='pty'><log file='/l' append='off'/><target type='serial' port='0'/></console></devices>`;
const paravirtual = `<devices><console type='pty'><log file='/l' append='off'/><target type='xen' port='0'/></console></devices>`;

test('the console is a serial port where there is one, and is logged', () => {
  expectXmlByMode(devices, (mode) => consoles(mode, '/l'), {
    kvm: { hvm: serial },
    xen: { pvh: paravirtual, pv: paravirtual, hvm: serial },
    test: { hvm: serial },
  });
});
