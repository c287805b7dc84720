import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devices } from '@virtstack/libvirt/xml/devices.ts';
import { expectXmlByMode } from '../testing/expect-xml.ts';
import { everyMode } from '../testing/profiles.ts';
import { display } from './display.ts';

const tablet = `<input type='tablet' bus='usb'/>`;
const expected = (video: string, input = '') => `<devices>${input}
  <graphics type='vnc' port='-1' autoport='yes' passwd='p'><listen type='address' address='::1'/></graphics>
  <video><model ${video}/></video></devices>`;

test('graphics bring a VNC server, an adapter, and a tablet where the pointer needs one', () => {
  expectXmlByMode(devices, (mode) => display({ listen: '::1', password: 'p' }, mode), {
    kvm: { hvm: expected(`type='vga' vram='16384'`, tablet) },
    xen: { pvh: expected(`type='xen'`), pv: expected(`type='xen'`), hvm: expected(`type='vga' vram='16384'`, tablet) },
    test: { hvm: expected(`type='vga'`) },
  });
});

test('without graphics there is no display at all', () => {
  for (const { mode } of everyMode()) assert.deepEqual(display(undefined, mode), {});
});
