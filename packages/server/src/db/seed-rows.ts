/** What every installation has, as data. Names are CloudStack's. */

export const osTypes: Readonly<Record<string, readonly string[]>> = {
  Debian: ['Debian GNU/Linux 11 (64-bit)', 'Debian GNU/Linux 12 (64-bit)', 'Debian GNU/Linux 13 (64-bit)'],
  Ubuntu: ['Ubuntu 20.04 LTS', 'Ubuntu 22.04 LTS', 'Ubuntu 24.04 LTS'],
  'Rocky Linux': ['Rocky Linux 8', 'Rocky Linux 9', 'Rocky Linux 10'],
  AlmaLinux: ['AlmaLinux 8', 'AlmaLinux 9', 'AlmaLinux 10'],
  CentOS: ['CentOS 7', 'CentOS Stream 9', 'CentOS Stream 10'],
  'Red Hat': ['Red Hat Enterprise Linux 8', 'Red Hat Enterprise Linux 9', 'Red Hat Enterprise Linux 10'],
  Oracle: ['Oracle Linux 8', 'Oracle Linux 9'],
  Fedora: ['Fedora Linux (64 bit)'],
  SUSE: ['SUSE Linux Enterprise Server 15 (64-bit)', 'openSUSE Leap 15 (64-bit)'],
  Windows: [
    'Windows 10 (64-bit)',
    'Windows 11 (64-bit)',
    'Windows Server 2016 (64-bit)',
    'Windows Server 2019 (64-bit)',
    'Windows Server 2022 (64-bit)',
    'Windows Server 2025 (64-bit)',
  ],
  FreeBSD: ['FreeBSD 13 (64-bit)', 'FreeBSD 14 (64-bit)'],
  Unix: ['OpenBSD (64-bit)', 'NetBSD (64-bit)'],
  Other: ['Alpine Linux (64-bit)', 'Arch Linux (64-bit)', 'Other Linux (64-bit)', 'Other PV (64-bit)', 'Other (64-bit)', 'None'],
};

/** CPUs, MHz, MiB. */
export const serviceOfferings = [
  { name: 'Tiny Instance', cpu_number: 1, cpu_speed: 500, memory_mb: 128 },
  { name: 'Small Instance', cpu_number: 1, cpu_speed: 500, memory_mb: 512 },
  { name: 'Medium Instance', cpu_number: 1, cpu_speed: 1000, memory_mb: 1024 },
] as const;

/** GiB; without a size the user chooses it. */
export const diskOfferings = [
  { name: 'Small', gib: 5 },
  { name: 'Medium', gib: 20 },
  { name: 'Large', gib: 100 },
  { name: 'Custom', gib: undefined },
] as const;

const router = ['VirtualRouter'];
const served = { Dhcp: router, Dns: router, UserData: ['ConfigDrive'] };
const natted = {
  ...served,
  SourceNat: router,
  StaticNat: router,
  PortForwarding: router,
  Lb: router,
  Firewall: router,
  Vpn: router,
};

/** Those that this version cannot build are there, disabled: clients know them by name. */
export const networkOfferings = [
  {
    name: 'DefaultSharedNetworkOffering',
    text: 'Offering for Shared networks',
    type: 'Shared',
    state: 'Enabled',
    byHand: true,
    services: served,
  },
  {
    name: 'DefaultSharedNetworkOfferingWithSGService',
    text: 'Offering for Shared Security group enabled networks',
    type: 'Shared',
    state: 'Disabled',
    byHand: true,
    services: { ...served, SecurityGroup: ['SecurityGroupProvider'] },
  },
  {
    name: 'DefaultIsolatedNetworkOfferingWithSourceNatService',
    text: 'Offering for Isolated networks with Source Nat service enabled',
    type: 'Isolated',
    state: 'Disabled',
    byHand: false,
    services: natted,
  },
  {
    name: 'DefaultIsolatedNetworkOffering',
    text: 'Offering for Isolated networks with no Source Nat service',
    type: 'Isolated',
    state: 'Disabled',
    byHand: true,
    services: served,
  },
  {
    name: 'DefaultL2NetworkOffering',
    text: 'Offering for L2 networks',
    type: 'L2',
    state: 'Disabled',
    byHand: false,
    services: {},
  },
] as const;
