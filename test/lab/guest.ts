import { profileLabelled } from '@virtstack/hypervisor/catalogue.ts';
import { privateChannel } from '@virtstack/protocol';
import { type LabHost, reachOf } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import { onHost } from '../../lab/ssh.ts';

/**
 * User data that shows that it was carried out, and starts root's shell behind the private channel, which is found by its name. On
 * one bus a read ends while nobody is at the host's side, on another the descriptor is dead after a restore: it is opened again.
 */
export const userData = Buffer.from(`#cloud-config
runcmd:
  - echo user-data-was-here > /home/tiny/marker
  - |
    while :; do
      exec 3<>"$(channel-device ${privateChannel})"
      stty raw -echo <&3 2>/dev/null
      while read -r line <&3; do
        sh -c "$line" >&3 2>&1
      done
      exec 3>&-
      sleep 1
    done &
`).toString('base64');

/** Says a line to the shell behind a unix socket, again and again until it is answered (what comes before the guest listens is lost), and prints the answer. */
const speak = `
const [path, line] = process.argv.slice(1);
const token = process.hrtime.bigint().toString(36);
const order = "\\necho 'begin' " + token + '; { ' + line + '; }; echo end ' + token + ' $?\\n';
const answer = new RegExp('begin ' + token + '\\\\n([\\\\s\\\\S]*?)end ' + token + ' (\\\\d+)');
let heard = '';
const socket = require('net').connect(path);
const say = () => socket.write(order);
const fail = (why) => { console.error(why + '; heard: ' + JSON.stringify(heard)); process.exit(1); };
setInterval(say, 10000);
setTimeout(fail, 90000, 'no answer within 90 s');
socket.on('error', (error) => fail(error.message));
socket.on('data', (bytes) => {
  heard += bytes;
  const [, said, code] = answer.exec(heard) ?? [];
  if (code === undefined) return;
  process.stdout.write(said);
  process.exitCode = Number(code);
  socket.destroy();
  process.exit();
});
say();
`;

/** A guest as those see it who sit at its host. */
export type GuestAtHost = {
  virsh(words: string): Promise<string>;
  /** Runs a line in the host's shell. */
  host(line: string, input?: string): Promise<string>;
  /** Logs in by SSH and runs a line as the ordinary user. */
  ssh(line: string): Promise<string>;
  /** Runs a line as root, said and answered over the private channel. */
  channel(line: string): Promise<string>;
};

export function guestAtHost(
  lab: Lab,
  host: LabHost,
  guest: { readonly domain: string; readonly address: string; readonly key: string },
): GuestAtHost {
  const uri = profileLabelled(host.label)!.uri;
  const run = (line: string, input = ''): Promise<string> => onHost(reachOf(lab, host), line, input);
  const virsh = (words: string): Promise<string> => run(`virsh -q -c ${uri} ${words}`);
  const key = `/run/${guest.domain}.key`;
  const ssh = `ssh -i ${key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes -o LogLevel=ERROR`;
  return {
    virsh,
    host: run,
    ssh: (line) => run(`cat >${key}; chmod 600 ${key}; ${ssh} tiny@${guest.address} ${quoted(line)}`, guest.key),
    channel: async (line) => run(`node -e ${quoted(speak)} ${await socketOf(virsh, guest.domain)} ${quoted(line)}`),
  };
}

async function socketOf(virsh: (words: string) => Promise<string>, domain: string): Promise<string> {
  const channels = (await virsh(`dumpxml ${domain}`)).match(/<channel [\s\S]*?<\/channel>/g) ?? [];
  const ours = channels.find((channel) => channel.includes(`name='${privateChannel}'`));
  const path = /<source [^>]*path='([^']+)'/.exec(ours ?? '')?.[1];
  if (!path) throw new Error(`${domain} has no channel ${privateChannel}`);
  return path;
}

/** For a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
