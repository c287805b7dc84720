import { integer, oneOf, text, yesNo } from './codec.ts';
import { attribute, child, children, content, element, namesIn, raw, required, size, textChild, type Value } from './declare.ts';
import { devices } from './devices.ts';

const operatingSystem = element('os', {
  firmware: attribute(oneOf('bios', 'efi')),
  type: child(element('type', { arch: attribute(text), machine: attribute(text), name: content(text) })),
  loader: child(
    element('loader', { readOnly: attribute(yesNo, 'readonly'), type: attribute(oneOf('rom', 'pflash')), path: content(text) }),
  ),
  kernel: textChild(text),
  initrd: textChild(text),
  commandLine: textChild(text, 'cmdline'),
  boot: children(element('boot', { dev: required(attribute(oneOf('hd', 'cdrom', 'network', 'fd'))) })),
  smbios: child(element('smbios', { mode: required(attribute(oneOf('emulate', 'host', 'sysinfo'))) })),
});
export type OperatingSystem = Value<typeof operatingSystem>;

const cpu = element('cpu', {
  mode: attribute(text),
  match: attribute(text),
  check: attribute(text),
  migratable: attribute(oneOf('on', 'off')),
  model: textChild(text),
  topology: child(
    element('topology', {
      sockets: required(attribute(integer)),
      dies: attribute(integer),
      cores: required(attribute(integer)),
      threads: required(attribute(integer)),
    }),
  ),
});

const clock = element('clock', {
  offset: required(attribute(text)),
  timers: children(
    element('timer', { name: required(attribute(text)), tickPolicy: attribute(text, 'tickpolicy'), present: attribute(yesNo) }),
  ),
});

const systemInformation = element('sysinfo', {
  type: required(attribute(text)),
  system: child(
    element('system', { entries: children(element('entry', { name: required(attribute(text)), value: content(text) })) }),
  ),
});

/** libvirt's `<domain>`: https://libvirt.org/formatdomain.html, as much of it as is used. */
export const domain = element('domain', {
  type: required(attribute(text)),
  /** Of a running domain only. */
  id: attribute(integer),
  name: required(textChild(text)),
  uuid: textChild(text),
  title: textChild(text),
  description: textChild(text),
  metadata: raw(),
  memoryKiB: size('KiB', 'KiB', 'memory'),
  currentMemoryKiB: size('KiB', 'KiB', 'currentMemory'),
  vcpu: child(element('vcpu', { placement: attribute(text), current: attribute(integer), count: content(integer) })),
  systemInformation: child(systemInformation),
  bootloader: textChild(text),
  os: child(operatingSystem),
  features: namesIn(),
  cpu: child(cpu),
  clock: child(clock),
  onPowerOff: textChild(text, 'on_poweroff'),
  onReboot: textChild(text, 'on_reboot'),
  onCrash: textChild(text, 'on_crash'),
  devices: child(devices),
});
export type Domain = Value<typeof domain>;
