import { integer, text, yesNo } from './codec.ts';
import { attribute, child, children, content, element, required, textChild, type Value } from './declare.ts';

const machine = element('machine', { canonical: attribute(text), maxCpus: attribute(integer, 'maxCpus'), name: content(text) });
const domainType = element('domain', { type: required(attribute(text)), emulator: textChild(text), machines: children(machine) });

const guest = element('guest', {
  osType: required(textChild(text, 'os_type')),
  arch: child(
    element('arch', {
      name: required(attribute(text)),
      wordSize: textChild(integer, 'wordsize'),
      emulator: textChild(text),
      loader: textChild(text),
      machines: children(machine),
      domainTypes: children(domainType),
    }),
  ),
});

const hostCpu = element('cpu', {
  arch: textChild(text),
  model: textChild(text),
  vendor: textChild(text),
  topology: child(
    element('topology', {
      sockets: required(attribute(integer)),
      dies: attribute(integer),
      cores: required(attribute(integer)),
      threads: required(attribute(integer)),
    }),
  ),
});

/** libvirt's `<capabilities>`: https://libvirt.org/formatcaps.html */
export const capabilities = element('capabilities', {
  host: child(element('host', { uuid: textChild(text), cpu: child(hostCpu) })),
  guests: children(guest),
});
export type Capabilities = Value<typeof capabilities>;

const values = element('enum', { name: required(attribute(text)), values: children(element('value', { text: content(text) })) });
const choice = (name: string) => element(name, { supported: attribute(yesNo), enums: children(values) });

/** libvirt's `<domainCapabilities>`: https://libvirt.org/formatdomaincaps.html */
export const domainCapabilities = element('domainCapabilities', {
  emulator: textChild(text, 'path'),
  domainType: textChild(text, 'domain'),
  machine: textChild(text),
  arch: textChild(text),
  vcpu: child(element('vcpu', { max: required(attribute(integer)) })),
  os: child(
    element('os', {
      supported: attribute(yesNo),
      loader: child(
        element('loader', { supported: attribute(yesNo), paths: children(element('value', { text: content(text) })) }),
      ),
    }),
  ),
  cpu: child(
    element('cpu', { modes: children(element('mode', { name: required(attribute(text)), supported: attribute(yesNo) })) }),
  ),
  devices: child(
    element('devices', {
      disk: child(choice('disk')),
      graphics: child(choice('graphics')),
      video: child(choice('video')),
      hostDevice: child(choice('hostdev')),
      randomGenerator: child(choice('rng')),
    }),
  ),
});
export type DomainCapabilities = Value<typeof domainCapabilities>;
