import type { Profile } from './profile.ts';

/** Xen, through libvirt's libxl driver. A guest's own kernel is found by GRUB's builds for PV and PVH (Debian: grub-xen-host). */
export const xen = {
  label: 'XEN',
  driver: 'Xen',
  uri: 'xen:///system',
  // A guest has the first file too: only the second says that this is the control domain.
  enabledWhen: [
    {
      file: '/sys/hypervisor/type',
      word: 'xen',
      otherwise: {
        cause: 'This machine was not booted under Xen.',
        mend: 'Install the package xen-system-amd64, reboot and choose “with Xen hypervisor” in the boot menu.',
      },
    },
    {
      file: '/proc/xen/capabilities',
      word: 'control_d',
      otherwise: {
        cause: 'This machine is a guest of Xen, not its control domain (dom0): /proc/xen/capabilities does not say control_d.',
        mend: 'Add the machine on which it runs. In a control domain: mount -t xenfs xenfs /proc/xen',
      },
    },
    ...['/etc/xensource-inventory', '/var/lib/xcp/xapi'].map((absent) => ({
      absent,
      otherwise: {
        cause: `This is XenServer or XCP-ng (${absent} is there): its guests are managed by XAPI, which libvirt would get in the way of.`,
        mend: 'Use a host with Xen and libvirt as Debian or Ubuntu bring them. A XenServer host is not converted.',
      },
    })),
  ],
  minimum: [
    {
      of: 'hypervisor',
      name: 'Xen',
      version: '4.17',
      package: 'xen-system-amd64',
      files: ['/sys/hypervisor/version/major', '/sys/hypervisor/version/minor'],
    },
    { of: 'libvirt', name: 'libvirt', version: '9.0', package: 'libvirt-daemon-system' },
    // Debian's and Ubuntu's (qemu-system-xen), and where Xen itself puts it; what libvirt's capabilities name need not be there.
    {
      of: 'emulator',
      name: 'QEMU',
      version: '7.2',
      package: 'qemu-system-xen',
      programs: ['/usr/libexec/xen-qemu-system-i386', '/usr/lib/xen/bin/qemu-system-i386'],
    },
  ],
  packages: [
    'xen-system-amd64',
    'grub-xen-host',
    'libvirt-daemon-system',
    'libvirt-daemon-driver-xen',
    'libvirt-clients',
    'qemu-system-xen',
    'qemu-utils',
  ],
  configuration: '/etc/libvirt/libxl.conf',
  daemon: 'virtxend',
  // Tunnelled, the driver would not let go of the disks' locks where the guest was (virtlockd): libxl_migration.c, to 11.3.
  migration: { flags: 0, liveFlags: 0, abortable: false, carried: true },
  strays: { list: ['xl', 'vm-list'], end: ['xl', 'destroy'] },
  domainType: 'xen',
  controlDomain: true,
  shutdownHeard: true,
  modes: [
    {
      name: 'pvh',
      os: 'xenpvh',
      machine: 'xenpvh',
      kernel: '/usr/lib/grub-xen/grub-i386-xen_pvh.bin',
      features: [],
      console: 'xen',
      video: { model: 'xen' },
      movesLive: true,
    },
    {
      name: 'pv',
      os: 'linux',
      machine: 'xenpv',
      kernel: '/usr/lib/grub-xen/grub-x86_64-xen.bin',
      features: [],
      console: 'xen',
      video: { model: 'xen' },
      // Debian builds Xen without shadow paging, which PV needs to follow what is written.
      movesLive: false,
    },
    {
      name: 'hvm',
      os: 'hvm',
      machine: 'xenfv',
      features: ['acpi', 'apic', 'pae'],
      console: 'serial',
      video: { model: 'vga', vramKiB: 16_384 },
      tablet: 'usb',
      movesLive: true,
    },
  ],
  imageFormats: ['qcow2', 'raw'],
  disk: { driver: 'qemu', bus: 'xen', prefix: 'xvd' },
  diskSerial: false,
  nicModel: 'netfront',
  macPrefix: '00:16:3e',
  channelTarget: 'xen',
} as const satisfies Profile;
