import type { Capabilities, DomainCapabilities } from './capabilities.ts';
import type { Devices } from './devices.ts';
import type { Domain } from './domain.ts';
import type { Network } from './network.ts';
import type { StoragePool, StorageVolume } from './storage.ts';

// One value of each declaration in which nothing that is declared is left out.

const alias = { name: 'ua-1' };
const address = { type: 'drive', controller: 0, bus: '0x00', slot: '0x04', unit: 1 };
const character = {
  type: 'unix',
  tty: '/dev/pts/3',
  source: { mode: 'bind', path: '/run/a.sock' },
  log: { file: '/var/log/a', append: false },
  target: { type: 'serial', port: 0 },
  alias,
} as const;
const rate = { average: 1000, peak: 2000, burst: 64 };
const choice = { supported: true, enums: [{ name: 'bus', values: [{ text: 'virtio' }, { text: 'scsi' }] }] };
const permissions = { mode: '0644', owner: '0', group: '0', label: 'x' };

const devices: Devices = {
  emulator: '/usr/bin/qemu-system-x86_64',
  disks: [
    {
      type: 'file',
      device: 'disk',
      driver: { name: 'qemu', type: 'qcow2', cache: 'none', io: 'native', discard: 'unmap' },
      source: { file: '/a', dev: '/dev/b', protocol: 'rbd', name: 'pool/c' },
      target: { dev: 'vda', bus: 'virtio' },
      readOnly: true,
      shareable: true,
      serial: '1234',
      boot: { order: 1 },
      alias,
      address,
    },
  ],
  interfaces: [
    {
      type: 'bridge',
      mac: { address: '52:54:00:00:00:01' },
      source: { bridge: 'br0', network: 'default', dev: 'eth0' },
      target: { dev: 'vnet0' },
      model: { type: 'virtio' },
      mtu: { size: 1450 },
      bandwidth: { inbound: rate, outbound: rate },
      rom: { enabled: false },
      link: { state: 'up' },
      boot: { order: 2 },
      alias,
      address,
    },
  ],
  serials: [character],
  consoles: [character],
  channels: [{ type: 'unix', source: character.source, target: { type: 'virtio', name: 'a.b', state: 'connected' }, alias }],
  inputs: [{ type: 'tablet', bus: 'usb' }],
  graphics: [
    { type: 'vnc', port: 5900, autoPort: true, password: 'secret', listens: [{ type: 'address', address: '::1', socket: '/a' }] },
  ],
  videos: [{ model: { type: 'vga', vramKiB: 16384, heads: 1, primary: true } }],
  controllers: [{ type: 'pci', index: 0, model: 'pcie-root', ports: 4 }],
  memoryBalloon: { model: 'virtio', stats: { period: 10 } },
  randomGenerators: [
    { model: 'virtio', rate: { bytes: 1024, period: 1000 }, backend: { model: 'random', path: '/dev/urandom' } },
  ],
};

export const domain: Domain = {
  type: 'test',
  id: 3,
  name: 'i-2-3-VM',
  uuid: '00000000-0000-4000-8000-000000000001',
  title: 'a title',
  description: 'a description',
  metadata: [
    {
      name: 'v:guest',
      attributes: { 'xmlns:v': 'https://example.org/1', epoch: '1' },
      children: [],
      namespace: 'https://example.org/1',
    },
  ],
  memoryKiB: 524288,
  currentMemoryKiB: 262144,
  vcpu: { placement: 'static', current: 1, count: 2 },
  systemInformation: { type: 'smbios', system: { entries: [{ name: 'product', value: 'x' }] } },
  bootloader: '/usr/bin/boot',
  os: {
    firmware: 'bios',
    type: { arch: 'x86_64', machine: 'q35', name: 'hvm' },
    loader: { readOnly: true, type: 'rom', path: '/loader' },
    kernel: '/kernel',
    initrd: '/initrd',
    commandLine: 'console=hvc0',
    boot: [{ dev: 'hd' }],
    smbios: { mode: 'sysinfo' },
  },
  features: ['acpi', 'apic'],
  cpu: {
    mode: 'host-passthrough',
    match: 'exact',
    check: 'none',
    migratable: 'on',
    model: 'EPYC',
    topology: { sockets: 1, dies: 1, cores: 2, threads: 1 },
  },
  clock: { offset: 'utc', timers: [{ name: 'rtc', tickPolicy: 'catchup', present: true }] },
  onPowerOff: 'destroy',
  onReboot: 'restart',
  onCrash: 'destroy',
  devices,
};

const machine = { canonical: 'pc-q35-7.2', maxCpus: 288, name: 'q35' };
export const capabilities: Capabilities = {
  host: {
    uuid: '00000000-0000-4000-8000-000000000002',
    cpu: { arch: 'x86_64', model: 'EPYC', vendor: 'AMD', topology: { sockets: 1, dies: 1, cores: 2, threads: 1 } },
  },
  guests: [
    {
      osType: 'hvm',
      arch: {
        name: 'x86_64',
        wordSize: 64,
        emulator: '/usr/bin/qemu',
        loader: '/loader',
        machines: [machine],
        domainTypes: [{ type: 'qemu', emulator: '/usr/bin/other', machines: [machine] }],
      },
    },
  ],
};

export const domainCapabilities: DomainCapabilities = {
  emulator: '/usr/bin/qemu-system-x86_64',
  domainType: 'qemu',
  machine: 'pc-q35-7.2',
  arch: 'x86_64',
  vcpu: { max: 288 },
  os: { supported: true, loader: { supported: true, paths: [{ text: '/loader' }] } },
  cpu: { modes: [{ name: 'host-passthrough', supported: false }] },
  devices: { disk: choice, graphics: choice, video: choice, hostDevice: choice, randomGenerator: choice },
};

export const storagePool: StoragePool = {
  type: 'dir',
  name: 'default',
  uuid: '00000000-0000-4000-8000-000000000003',
  capacityBytes: 1000,
  allocationBytes: 600,
  availableBytes: 400,
  source: { name: 'x', host: { name: 'nfs.example.org' }, directory: { path: '/export' }, format: { type: 'nfs' } },
  target: { path: '/pool', permissions },
};

export const storageVolume: StorageVolume = {
  type: 'file',
  name: 'a.qcow2',
  key: '/pool/a.qcow2',
  capacityBytes: 1000,
  allocationBytes: 10,
  physicalBytes: 20,
  target: { path: '/pool/a.qcow2', format: { type: 'qcow2' }, permissions },
  backingStore: { path: '/pool/base', format: { type: 'raw' } },
};

export const network: Network = {
  name: 'default',
  uuid: '00000000-0000-4000-8000-000000000004',
  forward: { mode: 'bridge' },
  bridge: { name: 'br0', stp: 'off' },
};
