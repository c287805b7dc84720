/** The packages that tests need beside those of the product. */
export const testPackages = [
  'libxml2-utils',
  'chromium',
  'openssl',
  'git',
  'openssh-client',
  'openssh-server',
  'sudo',
  'procps',
  'python3-cs',
  'python3-libcloud',
  'python3-sshpubkeys',
  'ansible',
  'xorriso',
  'busybox-static',
  'debootstrap',
];

/** What `./virtstack test` runs, in this order: the quick and the general first. */
export const suites = [
  { name: 'types', files: [], command: ['node_modules/.bin/tsc', '--noEmit', '-p', '.'] },
  { name: 'style', files: [], command: ['node_modules/.bin/biome', 'check', '--error-on-warnings', '.'] },
  { name: 'architecture', files: ['test/checks/*.test.ts'] },
  { name: 'shell', files: ['packages/shell/src/**/*.test.ts', 'lab/*.test.ts'] },
  { name: 'libvirt', files: ['packages/libvirt/src/**/*.test.ts'] },
  { name: 'hypervisor', files: ['packages/hypervisor/src/**/*.test.ts'] },
  { name: 'protocol', files: ['packages/protocol/src/**/*.test.ts'] },
  { name: 'contract', files: ['packages/contract/src/**/*.test.ts'] },
  { name: 'server', files: ['packages/server/src/**/*.test.ts'] },
  { name: 'agent', files: ['packages/agent/src/**/*.test.ts'] },
  { name: 'systemvm', files: ['packages/systemvm/**/*.test.ts'] },
  { name: 'ui', files: ['packages/ui/src/**/*.test.ts'] },
  { name: 'cli', files: ['packages/cli/src/**/*.test.ts'] },
  { name: 'clients', files: ['test/clients/*.test.ts'], minutes: 20 },
  {
    name: 'faults',
    files: ['packages/server/src/orchestration/faults/*.test.ts'],
    env: { VIRTSTACK_FAULTS: 'all' },
    minutes: 30,
    full: true,
  },
  { name: 'bare', files: ['test/bare/*.test.ts'], full: true },
  { name: 'cloud', files: ['test/cloud/*.test.ts'], world: true, prepare: 'test/cloud/prepare.ts' },
  { name: 'lab', files: ['test/lab/journey.test.ts'], world: true, prepare: 'test/lab/prepare.ts', minutes: 30 },
  { name: 'lab-up', files: ['test/lab/up.test.ts'], world: true, prepare: 'test/lab/prepare.ts', minutes: 60, full: true },
  { name: 'lab-hosts', files: ['test/lab/hosts.test.ts'], world: true, prepare: 'test/lab/prepare.ts', minutes: 60, full: true },
  { name: 'lab-nfs', files: ['test/lab/nfs.test.ts'], world: true, prepare: 'test/lab/prepare.ts', minutes: 60, full: true },
  {
    name: 'lab-migration',
    files: ['test/lab/migration.test.ts'],
    world: true,
    prepare: 'test/lab/prepare.ts',
    minutes: 90,
    full: true,
  },
  {
    name: 'lab-faults',
    files: ['test/lab/faults.test.ts'],
    world: true,
    prepare: 'test/lab/prepare.ts',
    minutes: 120,
    full: true,
  },
  {
    name: 'lab-trixie',
    files: ['test/lab/journey.test.ts'],
    world: true,
    prepare: 'test/lab/prepare.ts',
    env: { VIRTSTACK_LAB_RELEASE: 'trixie' },
    minutes: 60,
    full: true,
  },
] as const satisfies readonly {
  name: string;
  files: readonly string[];
  command?: readonly string[];
  full?: boolean;
  world?: boolean;
  prepare?: string;
  env?: Readonly<Record<string, string>>;
  minutes?: number;
}[];
