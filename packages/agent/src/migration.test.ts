import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { agentMethods, type GuestDocument, PeerError, type Progress } from '@virtstack/protocol';
import { busySector, greeting } from './testing/boot-sector.ts';
import { enterWorld } from './testing/enter-world.ts';
import { Heard } from './testing/heard.ts';
import { Rig } from './testing/rig.ts';
import { type TlsHost, twoHosts } from './testing/two-hosts.ts';

await enterWorld(import.meta.filename);
const { here, there, dispose } = await twoHosts();
after(dispose);
const quiet = await here.rig.image();
const busy = await here.rig.image(busySector());
await there.rig.call(agentMethods.preparePool, { path: here.rig.pool });

let epoch = 1000;
const next = (): number => ++epoch;
const refused = (kind: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PeerError, String(error));
  assert.equal(error.kind, kind, `${error.message} ${error.detail}`);
  assert.match(error.message, message);
  return true;
};
const start = (guest: GuestDocument) => here.rig.call(agentMethods.startGuest, { guest, epoch: next() });
const receive = (at: TlsHost, guest: GuestDocument) => at.rig.call(agentMethods.receiveGuest, { guest, epoch: next() });
const move = (from: TlsHost, to: TlsHost, uuid: string, live = true) =>
  from.rig.call(agentMethods.migrateGuest, { uuid, address: to.address, live, epoch: next() }, 120_000);
const forget = (at: TlsHost, uuid: string) => at.rig.call(agentMethods.forgetGuest, { uuid, epoch: next() });
const remove = (at: TlsHost, uuid: string) => at.rig.call(agentMethods.removeGuest, { uuid, epoch: next() });

/** What is typed comes back: the guest runs, and is where we look. */
const echoes = async (at: TlsHost, uuid: string, words: string): Promise<void> => {
  const viewer = await at.rig.console(uuid);
  viewer.type(words);
  await viewer.heard(words, 20_000);
  viewer.socket.close();
  await viewer.closed;
};
const spoken = async (at: TlsHost, uuid: string): Promise<void> => {
  const viewer = await at.rig.console(uuid);
  await viewer.heard(greeting.trim(), 20_000);
  viewer.socket.close();
  await viewer.closed;
};
const beside = (at: TlsHost, uuid: string): string[] =>
  [`seeds/${uuid}.iso`, `channels/${uuid}`, `consoles/${uuid}.log`].filter((path) =>
    existsSync(join(at.root, at.rig.dataDir, path)),
  );
/** Whether this host's virtlockd has the guest's disk: the kernel's list has a line for each lock, with its process and its file. */
const holdsLock = (at: TlsHost, { disks }: GuestDocument): boolean => {
  const lockd = readFileSync(join(at.root, 'run/virtlockd.pid'), 'utf8').trim();
  const { ino } = statSync(disks[0]!.path);
  const locks = readFileSync('/proc/locks', 'utf8').split('\n');
  return locks.some((line) => line.includes(` ${lockd} `) && line.includes(`:${ino} `));
};
const withAll = {
  channels: [{ name: 'org.qemu.guest_agent.0' }],
  seed: { metaData: 'instance-id: 1\n', userData: '#!/bin/sh\n' },
};

test('both hosts say that their guests can move', () => {
  for (const { rig } of [here, there])
    assert.deepEqual(rig.server.agents.all[0]!.hello.facts.migration, { live: ['hvm'], paused: ['hvm'], abortable: true });
});

test('a guest moves while it runs, and back while it is paused; nothing of it stays where it was', async () => {
  const guest = await here.rig.guest(quiet, withAll);
  await start(guest);
  await spoken(here, guest.uuid);
  assert.deepEqual([holdsLock(here, guest), holdsLock(there, guest)], [true, false]);
  await receive(there, guest);
  const arrived = there.rig.server.changes.next(({ uuid, state }) => uuid === guest.uuid && state === 'running', { from: 0 });
  const left = here.rig.server.changes.next(({ uuid, state }) => uuid === guest.uuid && state === 'absent');
  assert.deepEqual(await move(here, there, guest.uuid), { state: 'running' });
  assert.equal((await arrived).ours, true);
  await left;
  assert.deepEqual([await here.domains(), await there.domains()], [{}, { [guest.name]: 'running' }]);
  await echoes(there, guest.uuid, 'alive!');
  await forget(here, guest.uuid);
  assert.deepEqual(beside(here, guest.uuid), []);
  assert.equal(beside(there, guest.uuid).length, 3);
  assert.deepEqual([holdsLock(here, guest), holdsLock(there, guest)], [false, true]);

  await receive(here, guest);
  assert.deepEqual(await move(there, here, guest.uuid, false), { state: 'running' });
  await echoes(here, guest.uuid, 'still alive!');
  await forget(there, guest.uuid);
  assert.deepEqual(beside(there, guest.uuid), []);
  assert.deepEqual([await here.domains(), await there.domains()], [{ [guest.name]: 'running' }, {}]);
  await remove(here, guest.uuid);
});

test('what a guest needs and the other host has not is refused there in words, before anything moves', async () => {
  const guest = await here.rig.guest(quiet);
  const disk = { ...guest.disks[0]!, slot: 1, path: join(there.root, here.rig.pool, 'nowhere') };
  const nic = { mac: '52:54:00:00:00:01', bridge: 'br-nowhere' };
  const refuses = async (more: Partial<GuestDocument>, kind: string, words: RegExp): Promise<void> => {
    await assert.rejects(receive(there, { ...guest, ...more }), refused(kind, words));
    assert.deepEqual(beside(there, guest.uuid), []);
  };
  await refuses(
    { ...withAll, disks: [...guest.disks, disk] },
    'no-disk',
    /no .*\/nowhere on this host: .*storage that both hosts have/,
  );
  await refuses({ ...withAll, nics: [nic] }, 'no-bridge', /no bridge br-nowhere; it has/);
  await refuses({ ...withAll, mode: 'pvh' }, 'unsupported', /mode pvh is not offered.*hvm/);
  const other = await here.rig.guest(quiet, { name: guest.name });
  await there.rig.call(agentMethods.startGuest, { guest: other, epoch: next() });
  await refuses(withAll, 'conflict', new RegExp(`Another domain \\(${other.uuid}\\) has the name ${guest.name}`));
  await assert.rejects(receive(there, other), refused('active', /is on this host already: running/));
  await assert.rejects(forget(there, other.uuid), refused('active', /It is not forgotten/));
  await remove(there, other.uuid);
  assert.deepEqual(await move(here, there, guest.uuid), { state: 'absent' });
});

test('a host that cannot be reached, or shows another cloud’s certificate, is told in words; the guest stays', async () => {
  const guest = await here.rig.guest(quiet);
  await start(guest);
  const nowhere = here.rig.call(agentMethods.migrateGuest, { uuid: guest.uuid, address: '127.0.0.9', live: true, epoch: next() });
  await assert.rejects(nowhere, refused('not-moved', /did not move to 127\.0\.0\.9.*[Cc]onnection refused.*TCP port 16514/));
  const unnamed = here.rig.call(agentMethods.migrateGuest, { uuid: guest.uuid, address: 'localhost', live: true, epoch: next() });
  await assert.rejects(unnamed, refused('not-moved', /did not move to localhost/));
  const strange = new Rig({ address: there.address });
  await there.killLibvirtd();
  there.startLibvirtd(strange.pki);
  await assert.rejects(move(here, there, guest.uuid), refused('not-moved', /certificate.*must show certificates of this cloud/));
  await there.killLibvirtd();
  there.startLibvirtd();
  assert.deepEqual(await here.domains(), { [guest.name]: 'running' });
  await echoes(here, guest.uuid, 'here!');
  await remove(here, guest.uuid);
  rmSync(strange.directory, { recursive: true });
});

/** A guest on its way that will not arrive by itself: it writes faster than 1 MiB/s. */
const underWay = async () => {
  const guest = await here.rig.guest(busy, withAll);
  await start(guest);
  await spoken(here, guest.uuid);
  await receive(there, guest);
  await here.virsh('migrate-setspeed', guest.name, '1');
  const abort = new AbortController();
  const told = new Heard<Progress>();
  const order = { uuid: guest.uuid, address: there.address, live: true, epoch: next() };
  const options = { signal: abort.signal, timeoutMs: 120_000, onProgress: (p: Progress) => told.add(p) };
  const end = here.rig.server.agents.all.at(-1)!.peer.call(agentMethods.migrateGuest, order, options);
  end.catch(() => {});
  await told.next(({ done }) => done > 0, { from: 0, timeoutMs: 30_000 });
  return { guest, abort, end, order, told, faster: () => here.virsh('migrate-setspeed', guest.name, '4000') };
};
const whereIs = async ({ name }: GuestDocument) => [(await here.domains())[name], (await there.domains())[name]];

test('a move is told in bytes, and given up when its caller wants it no more: the guest runs on, and nothing is left there', async () => {
  const { guest, abort, end, told } = await underWay();
  for (const { done, total } of told.all) assert.ok(done <= total! && total! >= 32 << 20, `${done} of ${total}`);
  assert.deepEqual(await whereIs(guest), ['running', 'paused']);
  await assert.rejects(forget(there, guest.uuid), refused('active', /paused/));
  const gone = there.rig.server.changes.next(({ uuid, state }) => uuid === guest.uuid && state === 'absent', {
    timeoutMs: 30_000,
  });
  abort.abort(new PeerError('aborted', 'The test wants it no more.'));
  await assert.rejects(end, refused('aborted', /The test wants it no more/));
  await gone;
  await forget(there, guest.uuid);
  assert.deepEqual(await whereIs(guest), ['running', undefined]);
  assert.deepEqual(beside(there, guest.uuid), []);
  await remove(here, guest.uuid);
});

test('who asks again, with a newer order too, waits for the same move', async () => {
  const { guest, end, order, faster } = await underWay();
  const again = move(here, there, guest.uuid);
  const same = here.rig.call(agentMethods.migrateGuest, { ...order, epoch: epoch });
  await faster();
  for (const each of [end, again, same]) assert.deepEqual(await each, { state: 'running' });
  assert.deepEqual(await whereIs(guest), [undefined, 'running']);
  await remove(there, guest.uuid);
});

test('the agents of both hosts are killed in the midst: the move goes on, and is waited for by the next', async () => {
  const { guest, order, faster } = await underWay();
  for (const { rig } of [here, there]) await rig.stopAgent('SIGKILL');
  for (const { rig } of [here, there]) await rig.startAgent();
  assert.deepEqual(await whereIs(guest), ['running', 'paused']);
  const again = here.rig.call(agentMethods.migrateGuest, { ...order, epoch: next() });
  await faster();
  assert.deepEqual(await again, { state: 'running' });
  assert.deepEqual(await whereIs(guest), [undefined, 'running']);
  await forget(here, guest.uuid);
  await remove(there, guest.uuid);
});

test('the other host’s libvirt is killed in the midst: the guest runs on where it was', async () => {
  const { guest, end } = await underWay();
  await there.killLibvirtd();
  await assert.rejects(end, refused('not-moved', /did not move to 127\.0\.0\.3, and is here as before/));
  there.startLibvirtd();
  await there.rig.server.reports.next(({ guests }) => guests.every(({ uuid }) => uuid !== guest.uuid), { timeoutMs: 30_000 });
  await forget(there, guest.uuid);
  assert.deepEqual(await whereIs(guest), ['running', undefined]);
  await remove(here, guest.uuid);
});

test('this host’s libvirt is killed in the midst: one of both has the guest, and says so', async () => {
  const { guest, end } = await underWay();
  await here.killLibvirtd();
  here.startLibvirtd();
  await assert.rejects(end, refused('not-moved', /libvirt on this host ended meanwhile\. It is here\./));
  await forget(there, guest.uuid);
  assert.deepEqual(await whereIs(guest), ['running', undefined]);
  await here.virsh('migrate-setspeed', guest.name, '4000');
  await receive(there, guest);
  assert.deepEqual(await move(here, there, guest.uuid), { state: 'running' });
  await remove(there, guest.uuid);
});
