import type { Devices } from '@virtstack/libvirt/xml/devices.ts';
import type { Mode } from '../profile.ts';

/** The guest's text console. Where it is a serial port, libvirt wants both elements; `log` is a file on the host, emptied at every start. */
export function consoles(mode: Mode, log: string | undefined): Devices {
  const device = {
    type: 'pty',
    log: log === undefined ? undefined : { file: log, append: false },
  };
  const console = { ...device, target: { type: mode.console, port: 0 } };
  return mode.console === 'serial'
    ? { serials: [{ ...device, target: { port: 0 } }], consoles: [console] }
    : { consoles: [console] };
}
