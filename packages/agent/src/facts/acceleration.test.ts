import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { accelerationProbe, catalogue, hostCapabilities, type Profile } from '@virtstack/hypervisor';
import { connect } from '@virtstack/libvirt';
import { pino } from 'pino';
import { paths } from '../config.ts';
import { enterWorld } from '../testing/enter-world.ts';
import { virsh } from '../testing/rig.ts';
import { acceleration } from './acceleration.ts';
import { deviceProblem } from './device.ts';
import { runProbe } from './probe.ts';

await enterWorld(import.meta.filename);
const directory = mkdtempSync(join(tmpdir(), 'acceleration-'));
after(() => rmSync(directory, { recursive: true }));
const address = { uri: 'qemu:///system' };
const { signal } = new AbortController();
const capabilitiesXml = await virsh('capabilities');
const uuid = '6c1f0b52-8f0e-4a0c-9c53-0b1a3f1f6a11';

/** The profile with its emulated type in place of the accelerated one: here a probe runs to its end on any machine. */
const emulated: Profile = { ...catalogue[0]!, domainType: catalogue[0]!.emulatedType! };

const probeOf = (disk?: Uint8Array): string => {
  const path = join(directory, 'disk.raw');
  const plan = accelerationProbe(emulated, hostCapabilities(capabilitiesXml, true), path, uuid);
  if ('accelerated' in plan) throw new Error('nothing to probe');
  writeFileSync(path, disk ?? plan.disk);
  return plan.xml.replace(/<cpu mode="host-passthrough"\/>|<cpu mode='host-passthrough'\/>/, '');
};

test('a probe that runs to its end proves acceleration, and leaves no domain', async () => {
  assert.equal(await runProbe(address, probeOf(), uuid, signal), undefined);
  assert.equal(await virsh('list', '--all', '--name'), '');
});

test('a probe that cannot start, and one that never ends, say so within the time, and leave no domain', async () => {
  const missing = probeOf().replace('disk.raw', 'missing.raw');
  assert.match((await runProbe(address, missing, uuid, signal))!, /could not be started: .*missing\.raw/);
  const idle = Buffer.alloc(65_536);
  idle.set([0xf4, 0xeb, 0xfd]); // hlt; jmp $-1
  idle.writeUInt16BE(0x55aa, 510);
  const since = performance.now();
  assert.match((await runProbe(address, probeOf(idle), uuid, signal))!, /did not come to its end within 20 s/);
  assert.ok(performance.now() - since < 22_000);
  assert.equal(await virsh('list', '--all', '--name'), '');
});

test('the answer is found out once, and again where something changed', async () => {
  const connection = await connect(address);
  const versions = { libvirt: await connection.node.libVersion(), hypervisor: await connection.node.version() };
  await connection.close();
  const log: string[] = [];
  const ask = (more: object = {}) =>
    acceleration({
      ...{ address, profile: catalogue[0]!, capabilitiesXml, versions, paths: paths(directory), signal },
      log: pino({}, { write: (line: string) => log.push(line) }),
      ...more,
    });
  const found = await ask();
  assert.equal(found.problem === undefined, found.accelerated);
  assert.deepEqual(await ask(), found);
  assert.equal(log.length, 1);
  await ask({ versions: { ...versions, libvirt: '99.0.0' } });
  assert.equal(log.length, 2);
});

test('a device that those who run guests may not open is named, with the mend', async () => {
  const device = join(directory, 'device');
  writeFileSync(device, '');
  const asUser = (uid: number, gid: number): string =>
    capabilitiesXml.replace("<baselabel type='kvm'>+0:+0<", `<baselabel type='kvm'>+${uid}:+${gid}<`);
  const problem = (uid: number, gid: number) => deviceProblem(device, 'kvm', asUser(uid, gid));
  chownSync(device, 0, 4242);
  chmodSync(device, 0o600);
  assert.match((await problem(64_055, 4242))!, /user 64055, who may not open .*mode 600.*chgrp 4242 .* chmod 660/);
  chmodSync(device, 0o660);
  assert.equal(await problem(64_055, 4242), undefined);
  assert.match((await problem(64_055, 4243))!, /may not open/);
  chmodSync(device, 0o666);
  assert.equal(await problem(64_055, 4243), undefined);
  assert.equal(await problem(0, 0), undefined);
  assert.match((await deviceProblem(join(directory, 'none'), 'kvm', capabilitiesXml))!, /is not there: .*firmware/);
});
