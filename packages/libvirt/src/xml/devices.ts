import { integer, oneOf, onOff, text, yesNo } from './codec.ts';
import { attribute, child, children, content, element, present, required, textChild, type Value } from './declare.ts';

const address = element('address', {
  type: attribute(text),
  controller: attribute(integer),
  bus: attribute(text),
  slot: attribute(text),
  unit: attribute(integer),
});
const alias = element('alias', { name: required(attribute(text)) });
const boot = element('boot', { order: required(attribute(integer)) });

export const disk = element('disk', {
  type: required(attribute(text)),
  device: attribute(oneOf('disk', 'cdrom', 'floppy', 'lun')),
  driver: child(
    element('driver', {
      name: attribute(text),
      type: attribute(text),
      cache: attribute(text),
      io: attribute(text),
      discard: attribute(text),
    }),
  ),
  source: child(
    element('source', { file: attribute(text), dev: attribute(text), protocol: attribute(text), name: attribute(text) }),
  ),
  target: child(element('target', { dev: required(attribute(text)), bus: attribute(text) })),
  readOnly: present('readonly'),
  shareable: present(),
  serial: textChild(text),
  boot: child(boot),
  alias: child(alias),
  address: child(address),
});
export type Disk = Value<typeof disk>;

const bandwidth = (name: string) =>
  element(name, { average: attribute(integer), peak: attribute(integer), burst: attribute(integer) });

export const networkInterface = element('interface', {
  type: required(attribute(text)),
  mac: child(element('mac', { address: required(attribute(text)) })),
  source: child(element('source', { bridge: attribute(text), network: attribute(text), dev: attribute(text) })),
  target: child(element('target', { dev: required(attribute(text)) })),
  model: child(element('model', { type: required(attribute(text)) })),
  mtu: child(element('mtu', { size: required(attribute(integer)) })),
  bandwidth: child(element('bandwidth', { inbound: child(bandwidth('inbound')), outbound: child(bandwidth('outbound')) })),
  rom: child(element('rom', { enabled: attribute(yesNo) })),
  link: child(element('link', { state: required(attribute(oneOf('up', 'down'))) })),
  boot: child(boot),
  alias: child(alias),
  address: child(address),
});
export type NetworkInterface = Value<typeof networkInterface>;

const characterSource = element('source', { mode: attribute(oneOf('bind', 'connect')), path: attribute(text) });
const log = element('log', { file: required(attribute(text)), append: attribute(onOff) });

/** `<serial>` and `<console>` are the same but for the name: a character device, and where the guest finds it. */
const characterDevice = <const N extends string>(name: N) =>
  element(name, {
    type: required(attribute(text)),
    tty: attribute(text),
    source: child(characterSource),
    log: child(log),
    target: child(element('target', { type: attribute(text), port: attribute(integer) })),
    alias: child(alias),
  });
export const serial = characterDevice('serial');
export type Serial = Value<typeof serial>;
export const console = characterDevice('console');
export type Console = Value<typeof console>;

export const channel = element('channel', {
  type: required(attribute(text)),
  source: child(characterSource),
  target: child(element('target', { type: required(attribute(text)), name: attribute(text), state: attribute(text) })),
  alias: child(alias),
});
export type Channel = Value<typeof channel>;

export const graphics = element('graphics', {
  type: required(attribute(text)),
  port: attribute(integer),
  autoPort: attribute(yesNo, 'autoport'),
  password: attribute(text, 'passwd'),
  listens: children(element('listen', { type: required(attribute(text)), address: attribute(text), socket: attribute(text) })),
});
export type Graphics = Value<typeof graphics>;

export const video = element('video', {
  model: child(
    element('model', {
      type: required(attribute(text)),
      vramKiB: attribute(integer, 'vram'),
      heads: attribute(integer),
      primary: attribute(yesNo),
    }),
  ),
});
export type Video = Value<typeof video>;

export const controller = element('controller', {
  type: required(attribute(text)),
  index: attribute(integer),
  model: attribute(text),
  ports: attribute(integer),
});
export type Controller = Value<typeof controller>;

export const input = element('input', { type: required(attribute(text)), bus: attribute(text) });
export type Input = Value<typeof input>;

export const memoryBalloon = element('memballoon', {
  model: required(attribute(text)),
  stats: child(element('stats', { period: required(attribute(integer)) })),
});
export type MemoryBalloon = Value<typeof memoryBalloon>;

export const randomGenerator = element('rng', {
  model: required(attribute(text)),
  rate: child(element('rate', { bytes: required(attribute(integer)), period: attribute(integer) })),
  backend: child(element('backend', { model: required(attribute(text)), path: content(text) })),
});
export type RandomGenerator = Value<typeof randomGenerator>;

export const devices = element('devices', {
  emulator: textChild(text),
  disks: children(disk),
  interfaces: children(networkInterface),
  serials: children(serial),
  consoles: children(console),
  channels: children(channel),
  inputs: children(input),
  graphics: children(graphics),
  videos: children(video),
  controllers: children(controller),
  memoryBalloon: child(memoryBalloon),
  randomGenerators: children(randomGenerator),
});
export type Devices = Value<typeof devices>;
