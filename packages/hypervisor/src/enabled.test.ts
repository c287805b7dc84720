import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type HostFiles, isHypervisorEnabled } from './enabled.ts';
import { type Answers, profileNames, profiles } from './testing/profiles.ts';

interface Machine {
  readonly files?: Readonly<Record<string, string>>;
  readonly directories?: readonly string[];
  readonly devices?: readonly string[];
}

const look = ({ files = {}, directories = [], devices = [] }: Machine): HostFiles => ({
  read: async (path) => files[path],
  isDirectory: async (path) => ['/', ...directories].includes(path),
  opens: async (path) => devices.includes(path),
});

const xenFile = { '/sys/hypervisor/type': 'xen\n' };
const machines: Readonly<Record<string, readonly [Machine, Answers<boolean>]>> = {
  'a bare machine': [{}, { kvm: false, xen: false, test: true }],
  'a Xen control domain': [
    { files: { ...xenFile, '/proc/xen/capabilities': 'control_d\n' } },
    { kvm: false, xen: true, test: true },
  ],
  'a Xen guest, which has the first file too': [
    { files: { ...xenFile, '/proc/xen/capabilities': '\n' } },
    { kvm: false, xen: false, test: true },
  ],
  'a Xen guest without xenfs': [{ files: xenFile }, { kvm: false, xen: false, test: true }],
  'a KVM host': [
    { directories: ['/sys/module/kvm'], devices: ['/dev/kvm'] },
    { kvm: true, xen: false, test: true },
  ],
  'a KVM module without hardware': [{ directories: ['/sys/module/kvm'] }, { kvm: false, xen: false, test: true }],
  'a KVM host inside a Xen guest': [
    { files: xenFile, directories: ['/sys/module/kvm'], devices: ['/dev/kvm'] },
    { kvm: true, xen: false, test: true },
  ],
  'another hypervisor': [{ files: { '/sys/hypervisor/type': 's390 LPAR\n' } }, { kvm: false, xen: false, test: true }],
};

for (const [what, [machine, answers]] of Object.entries(machines)) {
  test(`${what} is recognised by each profile for what it is`, async () => {
    for (const name of profileNames) assert.equal(await isHypervisorEnabled(profiles[name], look(machine)), answers[name], name);
  });
}

test("a real host's files, directories and devices are looked at", async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'evidence-'));
  context.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'capabilities');
  await writeFile(file, 'other control_d\n');
  const enabled = (...enabledWhen: Parameters<typeof isHypervisorEnabled>[0]['enabledWhen']) =>
    isHypervisorEnabled({ enabledWhen });
  assert.equal(await enabled({ directory }, { file, word: 'control_d' }, { device: '/dev/null' }), true);
  assert.equal(await enabled({ file, word: 'control' }), false);
  assert.equal(await enabled({ directory: file }), false);
  assert.equal(await enabled({ directory }, { device: join(directory, 'absent') }), false);
  assert.equal(await enabled({ file: join(directory, 'absent'), word: '' }), false);
});
