import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { agentMethods, type PeerError } from '@virtstack/protocol';
import { authority } from './testing/certificates.ts';
import { enterWorld } from './testing/enter-world.ts';
import { Rig, virsh } from './testing/rig.ts';
import { TestServer } from './testing/server.ts';

await enterWorld(import.meta.filename);
const rig = await Rig.start();
const image = await rig.image();
after(() => rig.dispose());

const nextHello = (from: number) => rig.server.agents.next(() => true, { from, timeoutMs: 30_000 });
const startLibvirtd = (): void => {
  const started = spawnSync('libvirtd', ['--daemon'], { stdio: 'inherit' });
  assert.equal(started.status, 0);
};
const killLibvirtd = (): void => {
  process.kill(Number(readFileSync('/run/libvirtd.pid', 'utf8')), 'SIGKILL');
};

const logged = async (text: string, from = 0): Promise<void> => {
  const deadline = Date.now() + 20_000;
  while (!rig.log().slice(from).includes(text)) {
    assert.ok(Date.now() < deadline, `the log never said: ${text}\n${rig.log().slice(-2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

test('the agent proves who it is, and the server must, too', async () => {
  assert.equal(rig.server.agents.all[0]!.name, rig.guid);
  const { port } = rig.server;
  await rig.server.close();
  const elsewhere = join(rig.directory, 'elsewhere');
  mkdirSync(elsewhere);
  const stranger = await TestServer.listen(authority(elsewhere), port);
  await logged('self-signed certificate');
  assert.equal(stranger.agents.all.length, 0);
  await stranger.close();
  rig.server = await TestServer.listen(rig.authority, port);
  const { hello } = await nextHello(0);
  assert.equal(hello.guid, rig.guid);
});

test('a guest runs on while the agent is killed, and is in its first report when it is back', async () => {
  const guest = await rig.guest(image);
  await rig.call(agentMethods.startGuest, { guest, epoch: rig.epoch() });
  const id = await virsh('domid', guest.name);
  await rig.stopAgent('SIGKILL');
  await virsh('suspend', guest.name);
  await rig.startAgent();
  const { report } = rig.server.agents.all.at(-1)!.hello;
  assert.deepEqual(
    report.guests.map(({ uuid, state, ours }) => ({ uuid, state, ours })),
    [{ uuid: guest.uuid, state: 'paused', ours: true }],
  );
  assert.equal(await virsh('domid', guest.name), id);
  assert.equal(await rig.stopAgent('SIGTERM'), 0);
  await rig.startAgent();
  assert.equal(await virsh('domid', guest.name), id);
  await rig.call(agentMethods.removeGuest, { uuid: guest.uuid, epoch: rig.epoch() });
});

test('what happened while the server was away is in the report that follows', async () => {
  const guest = await rig.guest(image);
  await rig.call(agentMethods.startGuest, { guest, epoch: rig.epoch() });
  const { port } = rig.server;
  await rig.server.close();
  await virsh('destroy', guest.name);
  rig.server = await TestServer.listen(rig.authority, port);
  const { hello } = await nextHello(0);
  assert.deepEqual(
    hello.report.guests.map(({ uuid, state }) => [uuid, state]),
    [[guest.uuid, 'shutoff']],
  );
  await rig.call(agentMethods.removeGuest, { uuid: guest.uuid, epoch: rig.epoch() });
});

test('an agent that is not accepted yet stays and tells what happens', async () => {
  const { port } = rig.server;
  await rig.server.close();
  rig.server = await TestServer.listen(rig.authority, port);
  rig.server.accepted = false;
  rig.server.reportSeconds = 1;
  const { peer } = await nextHello(0);
  await rig.server.reports.next(() => true, { from: 0 });
  await rig.server.reports.next();
  assert.equal(peer.closed, false);
  assert.equal(rig.server.agents.all.length, 1);
});

test('after libvirtd was killed and started again the agent reports all and hears events', async () => {
  const guest = await rig.guest(image);
  await rig.call(agentMethods.startGuest, { guest, epoch: rig.epoch() });
  const hellos = rig.server.agents.all.length;
  killLibvirtd();
  await logged('waiting for libvirt');
  await assert.rejects(rig.call(agentMethods.report, {}), (error: PeerError) => error.kind === 'unavailable');
  const order = { uuid: guest.uuid, forced: true, timeoutSeconds: 0, epoch: rig.epoch() };
  await assert.rejects(rig.call(agentMethods.stopGuest, order), (error: PeerError) => error.kind === 'unavailable');
  // Those of before are of no interest.
  const reports = rig.server.reports.all.length;
  startLibvirtd();
  const isRunning = (each: { uuid: string; state: string }): boolean => each.uuid === guest.uuid && each.state === 'running';
  await rig.server.reports.next(({ guests }) => guests.some(isRunning), { from: reports, timeoutMs: 30_000 });
  assert.equal(rig.server.agents.all.length, hellos, 'the connection to the server was lost');
  const stopped = rig.server.changes.next(({ uuid, state }) => uuid === guest.uuid && state === 'shutoff');
  await virsh('destroy', guest.name);
  await stopped;
  await rig.call(agentMethods.removeGuest, { uuid: guest.uuid, epoch: rig.epoch() });
});

test('without libvirt the agent waits, says so, and says hello when it is there', async () => {
  await rig.stopAgent();
  killLibvirtd();
  const from = rig.server.agents.all.length;
  const before = rig.log().length;
  rig.spawnAgent();
  await logged('waiting for libvirt', before);
  assert.equal(rig.server.agents.all.length, from);
  startLibvirtd();
  await nextHello(from);
});
