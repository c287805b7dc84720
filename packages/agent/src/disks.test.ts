import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { agentMethods, type GuestDocument, PeerError } from '@virtstack/protocol';
import { buildTiny } from '../../systemvm/src/tiny/build.ts';
import { enterWorld } from './testing/enter-world.ts';
import { Rig, virsh } from './testing/rig.ts';

type Disk = GuestDocument['disks'][number];
const cache = join(import.meta.dirname, '../../../.cache/tiny');
const folder = await mkdtemp(join(tmpdir(), 'disks-'));
// Outside of the world too, which has no network to build it with.
const tiny = await buildTiny({ out: join(folder, 'tiny.qcow2'), cache });
process.once('exit', () => void rm(folder, { recursive: true }));
await enterWorld(import.meta.filename);
const rig = await Rig.start();
const sector = await rig.image();
const linux = await rig.image(readFileSync(tiny.path), 'qcow2');
after(() => rig.dispose());

const start = (guest: GuestDocument) => rig.call(agentMethods.startGuest, { guest, epoch: rig.epoch() });
const stop = (uuid: string) => rig.call(agentMethods.stopGuest, { uuid, forced: true, timeoutSeconds: 0, epoch: rig.epoch() });
const remove = (uuid: string) => rig.call(agentMethods.removeGuest, { uuid, epoch: rig.epoch() });
const attach = (uuid: string, disk: Disk, epoch = rig.epoch()) => rig.call(agentMethods.attachDisk, { uuid, disk, epoch });
const detach = (uuid: string, { path }: Disk, timeoutSeconds = 30, epoch = rig.epoch()) =>
  rig.call(agentMethods.detachDisk, { uuid, path, timeoutSeconds, epoch });

const refused = (kind: string, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PeerError, String(error));
  assert.equal(error.kind, kind, error.message);
  if (message) assert.match(error.message, message);
  return true;
};

/** The files of a domain's disks by their names: what it has now, or what it gets when it is started. */
const disks = async (name: string, scope: 'live' | 'defined' = 'defined'): Promise<Record<string, string>> => {
  const rows = (await virsh('domblklist', name, ...(scope === 'defined' ? ['--inactive'] : []))).split('\n');
  return Object.fromEntries(rows.map((row) => row.trim().split(/\s+/) as [string, string]));
};

/** Says each second how large its disks are, KiB: what they are called is the guest's own affair. */
const telling =
  '(while sleep 1; do echo "disks:" $(awk \'NR > 2 && $4 ~ /^[a-z]+$/ { print $3 }\' /proc/partitions) "end"; done) >/dev/console 2>&1 &';
const linuxGuest = (): Promise<GuestDocument> => {
  const seed = { metaData: 'instance-id: one\n', userData: `#cloud-config\nruncmd:\n  - ${JSON.stringify(telling)}\n` };
  return rig.guest(linux, { memoryKiB: 131_072, seed }, tiny.virtualSizeBytes);
};

/** Waits until the guest says that beside its root and its seed it has disks of these sizes, MiB. */
const sees = async (uuid: string, ...sizes: readonly number[]): Promise<void> => {
  const log = join(rig.dataDir, 'consoles', `${uuid}.log`);
  const said = (): string => (existsSync(log) ? readFileSync(log, 'latin1') : '');
  const wanted = [tiny.virtualSizeBytes / 2 ** 20, ...sizes].map((mib) => String(mib * 1024)).sort();
  const from = said().length;
  for (const giveUp = Date.now() + 90_000; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const all =
      [
        ...said()
          .slice(from)
          .matchAll(/disks: ([\d ]*) end/g),
      ]
        .at(-1)?.[1]
        ?.split(' ') ?? [];
    if (isDeepStrictEqual(all.filter((kib) => Number(kib) >= 1024).sort(), wanted)) return;
    assert.ok(Date.now() < giveUp, `the guest does not have disks of ${wanted} KiB; it said:\n${said().slice(-800)}`);
  }
};

test('a disk appears in a guest that runs, is still there after a reboot, and goes when the guest lets go of it', async () => {
  const guest = await linuxGuest();
  const { uuid, name } = guest;
  await start(guest);
  await sees(uuid);
  const disk = await rig.disk(1);
  const second = await rig.disk(2, undefined, 2 << 20);
  assert.deepEqual(await attach(uuid, disk), { state: 'running' });
  assert.deepEqual(await attach(uuid, disk), { state: 'running' }, 'asked twice, done once');
  await attach(uuid, second);
  for (const scope of ['live', 'defined'] as const) assert.equal((await disks(name, scope)).vdb, disk.path, scope);
  await sees(uuid, 1, 2);
  await rig.call(agentMethods.rebootGuest, { uuid, forced: true, epoch: rig.epoch() });
  await sees(uuid, 1, 2);
  for (let n = 0; n < 2; n++) assert.deepEqual(await detach(uuid, disk), { state: 'running' });
  await sees(uuid, 2);
  for (const scope of ['live', 'defined'] as const) assert.equal((await disks(name, scope)).vdb, undefined, scope);
  assert.ok(existsSync(disk.path), 'its file was touched');
  await remove(uuid);
});

test('a guest that does not let go keeps its disk, and the refusal says what to do', async () => {
  const guest = await rig.guest(sector);
  const { uuid, name } = guest;
  await start(guest);
  const disk = await rig.disk(1);
  await attach(uuid, disk);
  const since = performance.now();
  await assert.rejects(detach(uuid, disk, 1), refused('not-let-go', /let go of the disk vdb within 1 s.*unmount it/));
  assert.ok(performance.now() - since >= 1000);
  for (const scope of ['live', 'defined'] as const) assert.equal((await disks(name, scope)).vdb, disk.path, scope);
  await stop(uuid);
  assert.deepEqual(await detach(uuid, disk), { state: 'shutoff' });
  assert.deepEqual(Object.keys(await disks(name)), ['vda']);
  await remove(uuid);
});

test('a guest that is down gets the disk at its next start, also by virsh; one that is not there is left alone', async () => {
  const guest = await rig.guest(sector);
  const { uuid, name } = guest;
  const disk = await rig.disk(1);
  assert.deepEqual(await attach(uuid, disk), { state: 'absent' });
  assert.deepEqual(await detach(uuid, disk), { state: 'absent' });
  await start(guest);
  await stop(uuid);
  assert.deepEqual(await attach(uuid, disk), { state: 'shutoff' });
  await virsh('start', name);
  assert.equal((await disks(name, 'live')).vdb, disk.path);
  await virsh('undefine', name);
  await attach(uuid, await rig.disk(2));
  assert.deepEqual(Object.keys(await disks(name, 'live')), ['vda', 'vdb', 'vdc'], 'a domain without a definition');
  await virsh('destroy', name);
});

test('a guest that runs has ports for ten more disks; when there are no more it is told to be started anew, with which it has all', async () => {
  const guest = await rig.guest(sector, { seed: { metaData: 'instance-id: two\n', userData: '#cloud-config\n' } });
  const { uuid, name } = guest;
  await start(guest);
  const places = Array.from({ length: 24 }, (_, index) => index + 1);
  const all: Disk[] = [];
  for (const slot of places) all.push(await rig.disk(slot));
  for (const disk of all.slice(0, 10)) await attach(uuid, disk);
  const attachRest = async (): Promise<void> => {
    for (const disk of all.slice(10)) await attach(uuid, disk);
  };
  await assert.rejects(attachRest, refused('not-plugged', /Stop the guest, attach it, and start the guest/));
  assert.deepEqual(await disks(name, 'live'), await disks(name), 'a disk that it could not be given is not in its definition');
  await stop(uuid);
  for (const disk of all) await attach(uuid, disk);
  await start({ ...guest, disks: [...guest.disks, ...all] });
  assert.equal(Object.keys(await disks(name, 'live')).length, 26);
  await remove(uuid);
});

test('what is wrong is refused: a place that another disk has, a missing file, a foreign domain, an older epoch', async () => {
  const guest = await rig.guest(sector);
  const { uuid, name } = guest;
  const old = rig.epoch();
  await start(guest);
  const disk = await rig.disk(1);
  await assert.rejects(attach(uuid, disk, old), refused('stale-epoch'));
  await attach(uuid, disk);
  await assert.rejects(attach(uuid, await rig.disk(1)), refused('conflict', /has another disk as vdb: .*qcow2/));
  const missing = { ...disk, slot: 2, path: join(rig.pool, 'missing.qcow2') };
  await assert.rejects(attach(uuid, missing), refused('not-plugged', /missing\.qcow2/));
  assert.deepEqual(Object.keys(await disks(name)), ['vda', 'vdb'], 'what did not work stands in the definition');
  await assert.rejects(detach(uuid, disk, 1, old), refused('stale-epoch'));
  await remove(uuid);

  const foreign = randomUUID();
  const file = join(rig.directory, 'foreign.xml');
  writeFileSync(
    file,
    `<domain type='qemu'><name>foreign</name><uuid>${foreign}</uuid><memory unit='MiB'>32</memory><vcpu>1</vcpu>
     <os><type arch='x86_64' machine='q35'>hvm</type></os><devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
     <source file='${disk.path}'/><target dev='vdb' bus='virtio'/></disk></devices></domain>`,
  );
  await virsh('define', file);
  await assert.rejects(attach(foreign, await rig.disk(2)), refused('foreign'));
  await assert.rejects(detach(foreign, disk), refused('foreign'));
  assert.deepEqual(await disks('foreign'), { vdb: disk.path });
  await virsh('undefine', 'foreign');
});

test('what a libvirtd that was killed in the midst of an attach left in a guest is not in the way of the next one', async () => {
  const guest = await rig.guest(sector);
  const { uuid, name } = guest;
  await start(guest);
  const monitor = async (execute: string, args: object = {}): Promise<string> =>
    virsh('qemu-monitor-command', name, JSON.stringify({ execute, arguments: args }));
  const numbers = [...(await monitor('query-named-block-nodes', { flat: true })).matchAll(/"libvirt-(\d+)-/g)].map(([, n]) =>
    Number(n),
  );
  const disk = await rig.disk(1);
  const taken = `libvirt-${Math.max(...numbers) + 1}-storage`;
  await monitor('blockdev-add', { driver: 'file', filename: disk.path, 'node-name': taken, 'auto-read-only': true });
  await attach(uuid, disk);
  assert.ok(Object.values(await disks(name, 'live')).includes(disk.path));
  await stop(uuid);
  await remove(uuid);
});
