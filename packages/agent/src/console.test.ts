import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Connection, connect, VIR_DOMAIN_CONSOLE_FORCE } from '@virtstack/libvirt';
import { agentMethods, type GuestDocument } from '@virtstack/protocol';
import { bootSector } from './testing/boot-sector.ts';
import { enterWorld } from './testing/enter-world.ts';
import { Rig, virsh } from './testing/rig.ts';

await enterWorld(import.meta.filename);
const rig = await Rig.start();
after(() => rig.dispose());

const start = (guest: GuestDocument) => rig.call(agentMethods.startGuest, { guest, epoch: rig.epoch() });
const stop = (uuid: string, timeoutSeconds = 0) =>
  rig.call(agentMethods.stopGuest, { uuid, forced: timeoutSeconds === 0, timeoutSeconds, epoch: rig.epoch() });
const remove = (uuid: string) => rig.call(agentMethods.removeGuest, { uuid, epoch: rig.epoch() });

const until = async (what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> => {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `never came true: ${what}\n${rig.log().slice(-3000)}`);
    await pause(20);
  }
};

/** A guest whose driver is not told to write a log of its console, as one that cannot. */
let guest: GuestDocument;
let other: Connection;
const kept = (): string => join(rig.dataDir, 'consoles', `${guest.uuid}.kept.log`);
const said = (): string => (existsSync(kept()) ? readFileSync(kept(), 'latin1') : '');
/** Types until it is written down: the guest hears a dozen letters a second, and none while nobody holds its console. */
const typed = async (viewer: { type(words: string): void }, word: string): Promise<void> => {
  for (let tries = 0; !said().includes(word); tries += 1) {
    assert.ok(tries < 20, `${word} was never written down: ${said().slice(-200)}\n${rig.log().slice(-2000)}`);
    viewer.type(`${word} `);
    const end = Date.now() + 1000;
    while (Date.now() < end && !said().includes(word)) await pause(20);
  }
};

/** Another program's way to the console, as `virsh console` has it. */
const take = (flags = 0) => other.domains.handle(guest.uuid).openConsole({ flags });

before(async () => {
  guest = await rig.guest(await rig.image());
  await start(guest);
  await stop(guest.uuid);
  const xml = (await virsh('dumpxml', guest.name)).replaceAll(/<log [^>]*>/g, '');
  writeFileSync(join(rig.directory, 'without-log.xml'), xml);
  await virsh('define', join(rig.directory, 'without-log.xml'));
  rmSync(join(rig.dataDir, 'consoles', `${guest.uuid}.log`));
  await virsh('start', guest.name);
  other = await connect({ uri: 'qemu:///system' });
});
after(() => other.close());

test('where no driver writes a log, the agent does from the start, for root alone', async () => {
  await until('the agent holds the console', () =>
    take().then(
      (stream) => {
        stream.destroy();
        return false;
      },
      (error: Error) => /Active console session/.test(error.message),
    ),
  );
  const first = await rig.console(guest.uuid);
  const second = await rig.console(guest.uuid);
  first.type('one');
  await Promise.all([first.heard('one'), second.heard('one')]);
  second.type('two');
  await Promise.all([first.heard('two'), second.heard('two')]);
  assert.match(said(), /one.*two/s);
  assert.equal(statSync(kept()).mode & 0o777, 0o600);
  first.socket.close();
  second.socket.close();
  const late = await rig.console(guest.uuid);
  await late.heard('two');
  late.socket.close();
});

test('a console that another takes by force is left to it, and taken back when it is free', async () => {
  const viewer = await rig.console(guest.uuid);
  const forced = await take(VIR_DOMAIN_CONSOLE_FORCE);
  await viewer.heard('Active console session');
  const late = await rig.console(guest.uuid);
  await late.heard('Active console session');
  assert.ok(!forced.destroyed, 'it was taken back by force');
  forced.write('mine');
  await new Promise((resolve) => forced.once('data', resolve));
  forced.destroy();
  await typed(viewer, 'three');
  await viewer.heard('three');
  viewer.socket.close();
  late.socket.close();
});

test('the log goes on after libvirt was away, and after the agent was killed', async () => {
  const before = said();
  process.kill(Number(readFileSync('/run/libvirtd.pid', 'utf8')), 'SIGKILL');
  await other.closed;
  assert.equal(spawnSync('libvirtd', ['--daemon'], { stdio: 'inherit' }).status, 0);
  const goesOn = async (word: string): Promise<void> => {
    const viewer = await rig.console(guest.uuid);
    await typed(viewer, word);
    viewer.socket.close();
  };
  await until('libvirt is back', () =>
    rig.call(agentMethods.report, {}).then(
      () => true,
      () => false,
    ),
  );
  await goesOn('libvirt');
  await rig.stopAgent('SIGKILL');
  await rig.startAgent();
  await goesOn('agent');
  assert.ok(said().startsWith(before), 'what was said before is gone');
  other = await connect({ uri: 'qemu:///system' });
});

test('another start begins another log, and a removed guest leaves none', async () => {
  const viewer = await rig.console(guest.uuid);
  await virsh('destroy', guest.name);
  await viewer.closed;
  await virsh('start', guest.name);
  await until('the log is begun anew', () => !said().includes('one'));
  const next = await rig.console(guest.uuid);
  await typed(next, 'new');
  await remove(guest.uuid);
  await next.closed;
  assert.deepEqual(
    readdirSync(join(rig.dataDir, 'consoles')).filter((name) => name.startsWith(guest.uuid)),
    [],
  );
});

test('a guest that stands in its boot loader is reported with the cause, also by an agent that came later, and is powered off at once', async () => {
  const says = 'error: no such partition.\r\n\x1b[1mEntering rescue mode...\x1b[0m\r\ngrub rescue> ';
  const stuck = await rig.guest(await rig.image(bootSector(says)));
  const told = rig.server.changes.next(({ uuid, bootProblem }) => uuid === stuck.uuid && bootProblem !== undefined, {
    from: rig.server.changes.all.length,
    timeoutMs: 40_000,
  });
  await start(stuck);
  const { bootProblem, state } = await told;
  assert.equal(state, 'running');
  assert.match(bootProblem!, /^GRUB does not find its own files on the root disk \(no such partition\.\): the image is damaged/);
  await rig.stopAgent('SIGKILL');
  await rig.startAgent();
  const { report } = rig.server.agents.all.at(-1)!.hello;
  assert.equal(report.guests.find(({ uuid }) => uuid === stuck.uuid)?.bootProblem, bootProblem);
  const since = performance.now();
  assert.deepEqual(await stop(stuck.uuid, 60), { state: 'shutoff' });
  assert.ok(performance.now() - since < 10_000, 'it was asked in vain first');
  assert.equal(await virsh('domstate', '--reason', stuck.name), 'shut off (destroyed)');
  const healthy = { ...stuck, disks: [await diskOf(bootSector())] };
  await start(healthy);
  const { guests } = await rig.call(agentMethods.report, {});
  assert.equal(guests.find(({ uuid }) => uuid === stuck.uuid)?.bootProblem, undefined, 'a new start has the old problem');
  await remove(stuck.uuid);
});

const diskOf = async (content: Buffer): Promise<GuestDocument['disks'][number]> =>
  (await rig.guest(await rig.image(content))).disks[0]!;
