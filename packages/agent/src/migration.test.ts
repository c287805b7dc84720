import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { agentMethods, type GuestDocument, PeerError } from '@virtstack/protocol';
import { busySector, greeting } from './testing/boot-sector.ts';
import { enterWorld } from './testing/enter-world.ts';
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

  await receive(here, guest);
  assert.deepEqual(await move(there, here, guest.uuid, false), { state: 'running' });
  await echoes(here, guest.uuid, 'still alive!');
  await forget(there, guest.uuid);
  assert.deepEqual(beside(there, guest.uuid), []);
  assert.deepEqual([await here.domains(), await there.domains()], [{ [guest.name]: 'running' }, {}]);
  await remove(here, guest.uuid);
});
