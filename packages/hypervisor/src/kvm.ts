import type { Profile } from './profile.ts';

/** Linux's own hypervisor, through libvirt's QEMU driver. */
export const kvm = {
  label: 'KVM',
  driver: 'QEMU',
  uri: 'qemu:///system',
  enabledWhen: [{ directory: '/sys/module/kvm' }, { device: '/dev/kvm', group: 'kvm' }],
  minimum: [
    { of: 'hypervisor', name: 'QEMU', version: '7.2' },
    { of: 'libvirt', name: 'libvirt', version: '9.0' },
  ],
  packages: ['libvirt-daemon-system', 'libvirt-clients', 'qemu-system-x86', 'qemu-utils'],
  domainType: 'kvm',
  emulatedType: 'qemu',
  controlDomain: false,
  shutdownHeard: false,
  modes: [
    {
      name: 'hvm',
      os: 'hvm',
      machine: 'q35',
      features: ['acpi', 'apic'],
      console: 'serial',
      video: { model: 'vga', vramKiB: 16_384 },
      tablet: 'usb',
    },
  ],
  imageFormats: ['qcow2', 'raw'],
  disk: { driver: 'qemu', bus: 'virtio', prefix: 'vd' },
  hotplugPorts: 16,
  diskSerial: true,
  diskDiscard: 'unmap',
  nicModel: 'virtio',
  macPrefix: '52:54:00',
  channelTarget: 'virtio',
  cpuMode: 'host-passthrough',
  product: 'CloudStack KVM Hypervisor',
  rngModel: 'virtio',
  balloon: { model: 'virtio', statsSeconds: 10 },
} as const satisfies Profile;
