/** Debian's packages that every host needs beside what its hypervisor's profile names. */
export const hostPackages: readonly string[] = [
  'libvirt-daemon-system',
  'libvirt-clients',
  'qemu-utils',
  'dnsmasq-base',
  'nftables',
  'nfs-common',
  'iproute2',
  'util-linux',
];
