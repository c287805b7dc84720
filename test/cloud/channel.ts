import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { privateChannel } from '@virtstack/protocol';
import { type Machine, sh, virsh } from './cloud.ts';

const name = privateChannel;

/** Sends a line over the guest's channel and hears it come back, by a guest of the small template that takes the key of root. */
export async function speakOverChannel(machine: Machine, keyFile: string): Promise<void> {
  const guest = answerOnce(machine, keyFile);
  const socket = connect(await socketOf(machine));
  await once(socket, 'connect');
  // What is said before the guest has opened its end is lost.
  const saying = setInterval(() => socket.write('hello\n'), 200);
  try {
    const heard = await Promise.race([once(socket, 'data').then(([data]) => String(data)), guest.then(() => 'nothing')]);
    assert.equal(heard, 'hello to you\n');
  } finally {
    clearInterval(saying);
    socket.destroy();
  }
  await guest;
}

/** The guest finds its end by the channel's name, hears one line and answers it. */
const answerOnce = (machine: Machine, keyFile: string): Promise<string> => {
  const line = `exec 3<>"$(channel-device ${name})" && read -r line <&3 && echo "$line to you" >&3`;
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes'].flatMap((each) => ['-o', each]);
  return sh('ssh', '-i', keyFile, ...options, `root@${machine.ipaddress}`, line);
};

const socketOf = async (machine: Machine): Promise<string> => {
  const channels = (await virsh('dumpxml', machine.instancename!)).match(/<channel [\s\S]*?<\/channel>/g) ?? [];
  const found = channels.find((each) => each.includes(`name='${name}'`));
  return /<source mode='bind' path='([^']+)'/.exec(found ?? '')![1]!;
};
