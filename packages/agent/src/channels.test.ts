import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { agentMethods } from '@virtstack/protocol';
import { enterWorld } from './testing/enter-world.ts';
import { command, Rig, virsh } from './testing/rig.ts';

await enterWorld(import.meta.filename);
const rig = await Rig.start();
const image = await rig.image();
after(() => rig.dispose());

/** Where libvirt says that the sockets of a running guest's channels are, by their names. */
const sockets = async (name: string): Promise<Map<string, string>> => {
  const found = (await virsh('dumpxml', name)).matchAll(
    /<channel type='unix'>\s*<source mode='bind' path='([^']+)'\/>\s*<target type='virtio' name='([^']+)'/g,
  );
  return new Map([...found].map(([, path, channel]) => [channel!, path!]));
};

const answers = async (path: string): Promise<void> => {
  const socket = connect(path);
  await once(socket, 'connect');
  socket.destroy();
};

test('a guest is given a socket for each of its channels, again after a reboot, behind a door for root alone, and they go with it', async () => {
  const names = ['org.qemu.guest_agent.0', 'a'.repeat(64)];
  const guest = await rig.guest(image, { channels: names.map((name) => ({ name })) });
  const order = () => ({ uuid: guest.uuid, epoch: rig.epoch() });
  await rig.call(agentMethods.startGuest, { guest, epoch: rig.epoch() });
  const made = await sockets(guest.name);
  assert.deepEqual([...made.keys()], names);
  const directory = join(rig.dataDir, 'channels', guest.uuid);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.equal(readdirSync(directory).length, names.length);
  for (const path of made.values()) await answers(path);

  await rig.call(agentMethods.rebootGuest, { ...order(), forced: true });
  assert.deepEqual(await sockets(guest.name), made);
  for (const path of made.values()) await answers(path);

  await rig.call(agentMethods.stopGuest, { ...order(), forced: true, timeoutSeconds: 0 });
  await command('virsh', 'start', guest.name);
  for (const path of made.values()) await answers(path);
  await rig.call(agentMethods.removeGuest, order());
  assert.ok(!existsSync(directory));
});
