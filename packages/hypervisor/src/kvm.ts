import {
  VIR_MIGRATE_AUTO_CONVERGE,
  VIR_MIGRATE_TUNNELLED,
  VIR_MIGRATE_UNSAFE,
} from '@virtstack/libvirt/constants/domain-work.ts';
import type { Profile } from './profile.ts';

/** Linux's own hypervisor, through libvirt's QEMU driver. */
export const kvm = {
  label: 'KVM',
  driver: 'QEMU',
  uri: 'qemu:///system',
  enabledWhen: [
    {
      directory: '/sys/module/kvm',
      otherwise: {
        cause: "The kernel's module kvm is not loaded.",
        mend: 'modprobe kvm_intel, or kvm_amd. Where that fails, switch hardware virtualization (VT-x, AMD-V, SVM) on in the firmware.',
      },
    },
    {
      device: '/dev/kvm',
      group: 'kvm',
      otherwise: {
        cause: '/dev/kvm is not there or cannot be opened, although the module kvm is loaded.',
        mend: "Switch hardware virtualization (VT-x, AMD-V, SVM) on in the machine's firmware; in a virtual machine, nesting on its host.",
      },
    },
  ],
  minimum: [
    { of: 'hypervisor', name: 'QEMU', version: '7.2', package: 'qemu-system-x86' },
    { of: 'libvirt', name: 'libvirt', version: '9.0', package: 'libvirt-daemon-system' },
  ],
  packages: ['libvirt-daemon-system', 'libvirt-clients', 'qemu-system-x86', 'qemu-utils'],
  configuration: '/etc/libvirt/qemu.conf',
  daemon: 'virtqemud',
  // Unsafe is what the driver calls a disk that it does not see on shared storage: the seed, which each host makes for itself. Ours are looked at.
  migration: {
    flags: VIR_MIGRATE_TUNNELLED | VIR_MIGRATE_UNSAFE,
    liveFlags: VIR_MIGRATE_AUTO_CONVERGE,
    abortable: true,
    carried: false,
  },
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
      movesLive: true,
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
