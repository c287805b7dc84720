import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { agentMethods, type GuestDocument, type GuestState, PeerError } from '@virtstack/protocol';
import { bootSector, greeting } from './testing/boot-sector.ts';
import { enterWorld } from './testing/enter-world.ts';
import { Rig, virsh } from './testing/rig.ts';

await enterWorld(import.meta.filename);
const rig = await Rig.start();
const image = await rig.image();
after(() => rig.dispose());

const start = (guest: GuestDocument, epoch = rig.epoch()) => rig.call(agentMethods.startGuest, { guest, epoch });
const stop = (uuid: string, forced = true, timeoutSeconds = 0) =>
  rig.call(agentMethods.stopGuest, { uuid, forced, timeoutSeconds, epoch: rig.epoch() });
const remove = (uuid: string) => rig.call(agentMethods.removeGuest, { uuid, epoch: rig.epoch() });

const refused = (kind: string, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PeerError, String(error));
  assert.equal(error.kind, kind, error.message);
  if (message) assert.match(error.message, message);
  return true;
};

const consoleLog = (uuid: string): string => join(rig.dataDir, 'consoles', `${uuid}.log`);

const until = async (what: string, holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 20_000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

/** Until the guest has said something: then it also hears. */
const spoken = (uuid: string): Promise<void> =>
  until('the guest speaks', () => existsSync(consoleLog(uuid)) && readFileSync(consoleLog(uuid), 'latin1').includes(greeting));

/** Does something and waits until the server has been told that the guest is in the state. */
const becomes = async (uuid: string, state: GuestState, act: () => Promise<unknown>): Promise<number> => {
  const from = rig.server.changes.all.length;
  const since = performance.now();
  const [{ ours }] = await Promise.all([
    rig.server.changes.next((change) => change.uuid === uuid && change.state === state, { from }),
    act(),
  ]);
  assert.equal(ours, true);
  return performance.now() - since;
};

test('a host is described by what its libvirt and its kernel say', () => {
  const { facts, guid, report } = rig.server.agents.all[0]!.hello;
  assert.equal(guid, rig.guid);
  assert.equal(facts.hypervisor, 'KVM');
  assert.match(facts.libvirtVersion, /^\d+\.\d+\.\d+$/);
  assert.equal(facts.bootId, readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const total = Number(/MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))![1]) * 1024;
  assert.ok(facts.memoryBytes < total && facts.memoryBytes > total / 2, `${facts.memoryBytes} of ${total}`);
  assert.deepEqual(facts.virtualizationModes, ['hvm']);
  assert.equal(facts.accelerationProblem === undefined, facts.accelerated);
  assert.deepEqual(report.guests, []);
});

test('a guest starts with its seed, is left alone when started again, shuts down when asked, and is removed without a trace', async () => {
  const seed = { metaData: 'instance-id: one\n', userData: '#cloud-config\n' };
  const guest = await rig.guest(image, { seed, title: 'one & <two>' });
  assert.deepEqual(await start(guest), { state: 'running' });
  assert.equal(await virsh('domstate', guest.name), 'running');
  const id = await virsh('domid', guest.name);
  assert.deepEqual(await start(guest), { state: 'running' });
  assert.equal(await virsh('domid', guest.name), id, 'it was started a second time');
  await spoken(guest.uuid);

  const iso = join(rig.dataDir, 'seeds', `${guest.uuid}.iso`);
  assert.equal(statSync(iso).mode & 0o777, 0o600);
  assert.match(await virsh('domblklist', guest.name), new RegExp(`vdz +${iso}`));

  assert.deepEqual(await stop(guest.uuid, false, 60), { state: 'shutoff' });
  assert.equal(await virsh('domstate', '--reason', guest.name), 'shut off (shutdown)');
  assert.deepEqual(await stop(guest.uuid), { state: 'shutoff' });

  await remove(guest.uuid);
  assert.ok(!(await virsh('list', '--all', '--name')).includes(guest.name));
  assert.ok(!existsSync(iso) && !existsSync(consoleLog(guest.uuid)));
  assert.ok(existsSync(guest.disks[0]!.path), 'its volume was touched');
  await remove(guest.uuid);
  assert.deepEqual(await stop(guest.uuid), { state: 'absent' });
});

/** A guest that hears no power button. */
const deafGuest = async (): Promise<GuestDocument> => {
  const deaf = bootSector();
  deaf.set([0xfa, 0xf4, 0xeb, 0xfd], 0); // cli; hlt; jmp $-1
  const path = join(rig.directory, `${randomUUID()}.raw`);
  writeFileSync(path, deaf);
  return { ...(await rig.guest(image)), disks: [{ slot: 0, path, format: 'raw', readOnly: false }] };
};

test('a guest that does not react is powered off when the time is over', async () => {
  const guest = await deafGuest();
  await start(guest);
  const since = performance.now();
  assert.deepEqual(await stop(guest.uuid, false, 2), { state: 'shutoff' });
  assert.ok(performance.now() - since >= 2000);
  assert.equal(await virsh('domstate', '--reason', guest.name), 'shut off (destroyed)');
  await remove(guest.uuid);
});

test('a newer order ends an older one that still waits for the guest', async () => {
  const guest = await deafGuest();
  await start(guest);
  const epoch = rig.epoch();
  const waiting = rig.call(agentMethods.stopGuest, { uuid: guest.uuid, forced: false, timeoutSeconds: 50, epoch });
  const outcome = assert.rejects(waiting, refused('stale-epoch'));
  await until('the order is being carried out', () => seenEpoch(guest.uuid) === epoch);
  assert.deepEqual(await stop(guest.uuid), { state: 'shutoff' });
  await outcome;
  await remove(guest.uuid);
});

const seenEpoch = (id: string): number | undefined =>
  (JSON.parse(readFileSync(join(rig.dataDir, 'epochs.json'), 'utf8')) as Record<string, number>)[id];

test('a reboot starts the guest anew, also when it was found stopped', async () => {
  const guest = await rig.guest(image);
  await start(guest);
  await spoken(guest.uuid);
  const before = await virsh('domid', guest.name);
  const reboot = (forced: boolean) => rig.call(agentMethods.rebootGuest, { uuid: guest.uuid, forced, epoch: rig.epoch() });
  assert.deepEqual(await reboot(false), { state: 'running' });
  assert.notEqual(await virsh('domid', guest.name), before);
  await virsh('destroy', guest.name);
  assert.deepEqual(await reboot(true), { state: 'running' });
  await remove(guest.uuid);
  await assert.rejects(reboot(true), refused('not-found'));
});

test('what an administrator does with virsh reaches the server within two seconds', async () => {
  const guest = await rig.guest(image);
  await start(guest);
  const { uuid, name } = guest;
  const delays = [
    await becomes(uuid, 'paused', () => virsh('suspend', name)),
    await becomes(uuid, 'running', () => virsh('resume', name)),
    await becomes(uuid, 'shutoff', () => virsh('destroy', name)),
    await becomes(uuid, 'running', () => virsh('start', name)),
    await becomes(uuid, 'shutoff', () => virsh('destroy', name)),
    await becomes(uuid, 'absent', () => virsh('undefine', name)),
  ];
  assert.ok(Math.max(...delays) < 2000, `${delays.map(Math.round)} ms`);
  await start(guest);
  await remove(uuid);
});

test('a domain that the cloud did not make is reported as such and never touched', async () => {
  const uuid = randomUUID();
  const file = join(rig.directory, 'foreign.xml');
  writeFileSync(
    file,
    `<domain type='qemu'><name>foreign</name><uuid>${uuid}</uuid><memory unit='MiB'>32</memory><vcpu>1</vcpu>
     <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>`,
  );
  await virsh('define', file);
  await virsh('start', 'foreign');
  const { guests } = await rig.call(agentMethods.report, {});
  assert.deepEqual(
    guests.filter((each) => each.uuid === uuid).map(({ ours, state }) => ({ ours, state })),
    [{ ours: false, state: 'running' }],
  );
  const order = { uuid, epoch: rig.epoch() };
  await assert.rejects(
    rig.call(agentMethods.stopGuest, { ...order, forced: true, timeoutSeconds: 0 }),
    refused('foreign', /foreign/),
  );
  await assert.rejects(rig.call(agentMethods.rebootGuest, { ...order, forced: true }), refused('foreign'));
  await assert.rejects(rig.call(agentMethods.removeGuest, order), refused('foreign'));
  await assert.rejects(start({ ...(await rig.guest(image)), uuid }), refused('foreign'));
  await assert.rejects(rig.call(agentMethods.openConsole, { uuid, stream: randomUUID() }), refused('foreign'));
  assert.equal(await virsh('domstate', 'foreign'), 'running');
  await virsh('destroy', 'foreign');
  await virsh('undefine', 'foreign');
});

test('a clone of a guest of ours is foreign', async () => {
  const guest = await rig.guest(image);
  await start(guest);
  await stop(guest.uuid);
  const uuid = randomUUID();
  const xml = (await virsh('dumpxml', guest.name)).replace(`<uuid>${guest.uuid}`, `<uuid>${uuid}`).replace(guest.name, 'clone');
  writeFileSync(join(rig.directory, 'clone.xml'), xml);
  await virsh('define', join(rig.directory, 'clone.xml'));
  const { guests } = await rig.call(agentMethods.report, {});
  assert.deepEqual(
    guests.map(({ name, ours }) => [name, ours]).sort(),
    [
      ['clone', false],
      [guest.name, true],
    ].sort(),
  );
  await virsh('undefine', 'clone');
  await remove(guest.uuid);
});

test('an order of an older epoch is refused, also when only the domain remembers the newer one', async () => {
  const guest = await rig.guest(image);
  const epoch = rig.epoch();
  await start(guest, epoch);
  await assert.rejects(start(guest, epoch - 1), refused('stale-epoch', new RegExp(`${epoch - 1} is older than ${epoch}`)));
  const late = { uuid: guest.uuid, forced: true, timeoutSeconds: 0, epoch: epoch - 1 };
  await assert.rejects(rig.call(agentMethods.stopGuest, late), refused('stale-epoch'));
  await rig.stopAgent('SIGKILL');
  assert.equal(seenEpoch(guest.uuid), epoch);
  writeFileSync(join(rig.dataDir, 'epochs.json'), '{}');
  await rig.startAgent();
  await assert.rejects(rig.call(agentMethods.stopGuest, late), refused('stale-epoch'));
  assert.equal(await virsh('domstate', guest.name), 'running');
  await remove(guest.uuid);
});

test('a start that fails tells why, with what the driver wrote', async () => {
  const guest = {
    ...(await rig.guest(image)),
    disks: [{ slot: 0, path: join(rig.pool, 'missing.qcow2'), format: 'qcow2' as const, readOnly: false }],
  };
  await assert.rejects(start(guest), refused('libvirt', /missing\.qcow2/));
  await assert.rejects(
    start({ ...guest, mode: 'pv' }),
    refused('unsupported', /mode pv is not offered by this KVM host; it offers: hvm/),
  );
  const twin = await rig.guest(image);
  await assert.rejects(start({ ...twin, name: guest.name }), refused('libvirt', /already/));
  await remove(guest.uuid);
});

test('a console shows the boot and hears what is typed; all who open it share it until the guest is down', async () => {
  const guest = await rig.guest(image);
  await start(guest);
  await spoken(guest.uuid);
  const first = await rig.console(guest.uuid);
  await first.heard(greeting);
  first.socket.send(Buffer.from('hello there'));
  await first.heard('hello there');

  const second = await rig.console(guest.uuid);
  await second.heard('hello there');
  second.socket.send(Buffer.from('again'));
  await second.heard('again');
  await first.heard('again');

  await stop(guest.uuid);
  await Promise.all([first.closed, second.closed]);
  await assert.rejects(rig.console(guest.uuid), refused('invalid-state', /shutoff/));
  await remove(guest.uuid);
});

test('the log tells no secrets', () => {
  const log = rig.log();
  assert.match(log, /"action":"guest\/start"/);
  assert.ok(!log.includes('#cloud-config') && !log.includes('instance-id'));
});
