import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { catalogue } from './catalogue.ts';
import { enabledTrouble, type HostFiles, isHypervisorEnabled, otherOwner } from './enabled.ts';
import type { Evidence } from './profile.ts';
import { type Answers, profileNames, profiles } from './testing/profiles.ts';

interface Machine {
  readonly files?: Readonly<Record<string, string>>;
  readonly directories?: readonly string[];
  readonly devices?: readonly string[];
  readonly others?: readonly string[];
}

const look = ({ files = {}, directories = [], devices = [], others = [] }: Machine): HostFiles => ({
  read: async (path) => files[path],
  isDirectory: async (path) => ['/', ...directories].includes(path),
  opens: async (path) => devices.includes(path),
  exists: async (path) => [...Object.keys(files), ...directories, ...devices, ...others].includes(path),
});

const xenFile = { '/sys/hypervisor/type': 'xen\n' };
const machines: Readonly<Record<string, readonly [Machine, Answers<boolean>]>> = {
  'a bare machine': [{}, { kvm: false, xen: false, test: true }],
  'a Xen control domain': [
    { files: { ...xenFile, '/proc/xen/capabilities': 'control_d\n' } },
    { kvm: false, xen: true, test: true },
  ],
  'a XenServer': [
    { files: { ...xenFile, '/proc/xen/capabilities': 'control_d\n', '/etc/xensource-inventory': '' } },
    { kvm: false, xen: false, test: true },
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

/** What the admin of such a machine is told. */
const told: Readonly<Record<string, Answers<RegExp | undefined>>> = {
  'a bare machine': { kvm: /kvm is not loaded/, xen: /not booted under Xen/, test: undefined },
  'a Xen control domain': { kvm: /kvm is not loaded/, xen: undefined, test: undefined },
  'a Xen guest, which has the first file too': {
    kvm: /not loaded/,
    xen: /guest of Xen, not its control domain/,
    test: undefined,
  },
  'a Xen guest without xenfs': { kvm: /not loaded/, xen: /guest of Xen, not its control domain/, test: undefined },
  'a KVM module without hardware': { kvm: /\/dev\/kvm is not there/, xen: /not booted/, test: undefined },
  'a XenServer': { kvm: /not loaded/, xen: /XenServer or XCP-ng .*XAPI/, test: undefined },
};

for (const [what, answers] of Object.entries(told)) {
  test(`${what} is refused by each profile with the reason`, async () => {
    const [machine] = machines[what]!;
    for (const name of profileNames) {
      const trouble = await enabledTrouble(profiles[name], look(machine));
      if (answers[name]) assert.match(trouble!.cause, answers[name]);
      else assert.equal(trouble, undefined);
    }
  });
}

test('a host of another manager is known, whatever is wanted of it', async () => {
  const [xenServer] = machines['a XenServer']!;
  assert.match(
    (await otherOwner(catalogue, look(xenServer)))!.cause,
    /XenServer or XCP-ng \(\/etc\/xensource-inventory is there\)/,
  );
  const xapi = look({ ...machines['a Xen control domain']![0], others: ['/var/lib/xcp/xapi'] });
  assert.match((await otherOwner(catalogue, xapi))!.cause, /\/var\/lib\/xcp\/xapi is there/);
  assert.equal(await otherOwner(catalogue, look(machines['a Xen control domain']![0])), undefined);
});

test("a real host's files, directories and devices are looked at", async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'evidence-'));
  context.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'capabilities');
  await writeFile(file, 'other control_d\n');
  const otherwise = { cause: 'It is not.', mend: 'Make it.' };
  type Bare<E> = E extends Evidence ? Omit<E, 'otherwise'> : never;
  const enabled = (...enabledWhen: Bare<Evidence>[]) =>
    isHypervisorEnabled({ enabledWhen: enabledWhen.map((each) => ({ ...each, otherwise }) as Evidence) });
  assert.equal(await enabled({ directory }, { file, word: 'control_d' }, { device: '/dev/null' }), true);
  assert.equal(await enabled({ file, word: 'control' }), false);
  assert.equal(await enabled({ directory: file }), false);
  assert.equal(await enabled({ directory }, { device: join(directory, 'absent') }), false);
  assert.equal(await enabled({ file: join(directory, 'absent'), word: '' }), false);
  assert.equal(await enabled({ absent: join(directory, 'absent') }), true);
  assert.equal(await enabled({ absent: file }), false);
});
