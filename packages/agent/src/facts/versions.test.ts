import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type MinimumVersion, versionProblems } from '@virtstack/hypervisor';
import { connect } from '@virtstack/libvirt';
import { fakeLibvirtd } from '@virtstack/libvirt/testing/fake-libvirtd.ts';
import { hostVersions } from './versions.ts';

const directory = mkdtempSync(join(tmpdir(), 'versions-'));
function program(name: string, script: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

const libvirt = { of: 'libvirt', name: 'libvirt', version: '9.0', package: 'libvirt-daemon' } as const;
const emulator = (...programs: string[]): MinimumVersion => ({
  ...{ of: 'emulator', name: 'QEMU', version: '7.2' },
  ...{ package: 'qemu', programs },
});

/** The versions of a host whose libvirt is 8.0.0 and whose hypervisor is 4.17.7. */
async function told(...minimum: MinimumVersion[]) {
  await using daemon = await fakeLibvirtd({
    CONNECT_GET_LIB_VERSION: () => ({ lib_ver: 8_000_000n }),
    CONNECT_GET_VERSION: () => ({ hv_ver: 4_017_007n }),
  });
  const connection = await connect({ uri: 'test:///default', socket: daemon.socket });
  try {
    const versions = await hostVersions(connection, { minimum });
    return { versions, problems: versionProblems({ minimum }, versions) };
  } finally {
    await connection.close();
  }
}

test('what libvirt tells of itself and of its hypervisor is compared with what is needed', async () => {
  const { versions, problems } = await told(libvirt, { of: 'hypervisor', name: 'Xen', version: '4.17', package: 'xen' });
  assert.deepEqual(versions, { libvirt: '8.0.0', hypervisor: '4.17.7' });
  assert.deepEqual(problems, ['libvirt 8.0.0 is older than 9.0, the oldest that is supported.']);
});

test('a program tells its version itself: the first of them that is there', async () => {
  const old = program('old', "echo 'QEMU emulator version 6.2.0 (Debian 1:6.2+dfsg-2)'");
  const { versions, problems } = await told(emulator(join(directory, 'none'), old, program('never', 'echo 9.9')));
  assert.equal(versions.emulator, '6.2.0');
  assert.deepEqual(problems, ['QEMU 6.2.0 is older than 7.2, the oldest that is supported.']);
});

test('a program that is not there, fails or says no number has no readable version', async () => {
  assert.match((await told(emulator(join(directory, 'none')))).problems[0]!, /QEMU does not tell its version \(nothing\)/);
  const dumb = await told(emulator(program('dumb', 'echo hello')));
  assert.match(dumb.problems[0]!, /QEMU does not tell its version \("hello"\)/);
  const broken = await told(emulator(program('broken', 'echo "cannot load libfoo.so" >&2; exit 127')));
  assert.match(broken.problems[0]!, /QEMU does not tell its version \("broken failed: cannot load libfoo\.so"\)/);
});
