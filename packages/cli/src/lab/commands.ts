import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { print } from '@virtstack/shell/say.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import { reachOf } from '../../../../lab/host.ts';
import { releaseNamed } from '../../../../lab/image.ts';
import { kinds } from '../../../../lab/kinds.ts';
import { type Lab, labDown, labStop, labUp, readLab } from '../../../../lab/lab.ts';
import { isRunning } from '../../../../lab/machine.ts';
import { sharedFrom } from '../../../../lab/shared.ts';
import { sshCommand } from '../../../../lab/ssh.ts';

type Options = Readonly<Record<string, string | undefined>>;

const directoryOf = ({ data }: Options): string => resolve(data ?? '/var/lib/virtstack-lab');

/** `./virtstack lab up`: without numbers, one host of each kind. What is there already counts. */
export async function up(options: Options): Promise<void> {
  const given = kinds.filter(({ name }) => options[name] !== undefined);
  const wanted = Object.fromEntries((given.length ? given : kinds).map(({ name }) => [name, count(options[name] ?? '1', name)]));
  show(await labUp(directoryOf(options), wanted, { release: releaseNamed(options.release) }));
}

function count(text: string, name: string): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  throw new UserError(`--${name} takes a number of hosts; it was given "${text}".`);
}

export async function list(options: Options): Promise<void> {
  show(existing(options));
}

/** Runs the command on the host, or a shell; ends with its exit code. */
export async function ssh(name: string, command: readonly string[], options: Options): Promise<void> {
  const lab = existing(options);
  const host = lab.hosts.find((each) => each.name === name);
  if (!host)
    throw new UserError(`the lab has no host ${name}; it has ${lab.hosts.map((each) => each.name).join(', ') || 'none'}.`);
  const [program, ...args] = sshCommand(reachOf(lab, host), command);
  const child = spawn(program!, args, { stdio: 'inherit' });
  process.exitCode = await new Promise<number>((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done(code ?? 1));
  });
}

export async function stop(options: Options): Promise<void> {
  const lab = existing(options);
  await labStop(lab);
  print(`The lab's ${lab.hosts.length} hosts are off; ./virtstack lab up boots them again.`);
}

export async function down(options: Options): Promise<void> {
  const lab = readLab(directoryOf(options));
  if (lab) await labDown(lab);
  print(lab ? `The lab's ${lab.hosts.length} hosts are gone.` : 'There is no lab.');
}

function existing(options: Options): Lab {
  const lab = readLab(directoryOf(options));
  if (!lab) throw new UserError('there is no lab; start one with: ./virtstack lab up');
  return lab;
}

function show(lab: Lab): void {
  for (const host of lab.hosts)
    print(
      `${host.name.padEnd(8)} ${host.label.padEnd(5)} ${host.address.padEnd(12)} ${isRunning(host.process) ? 'running' : 'gone'}`,
    );
  print('');
  const exported = sharedFrom(lab.hosts);
  if (exported) print(`Among the hosts ${exported} is shared: mount -t nfs4 -o vers=4.2 ${exported} /mnt`);
  print(`Enter one with ./virtstack lab ssh NAME; programs reach them in the network namespace: ${enter(lab)} …`);
}

const enter = ({ network }: Lab): string => (network.namespace ? `ip netns exec ${network.namespace}` : 'this one;');
