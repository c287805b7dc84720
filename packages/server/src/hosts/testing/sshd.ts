import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { sh } from './own-world.ts';

/** A real sshd of a test's own world. */
export type Sshd = {
  readonly port: number;
  /** Its public host keys, lines of known_hosts without the name, by type. */
  hostKey(type: 'ed25519' | 'rsa'): Buffer;
  /** What it has written: who asked to be let in among it. */
  log(): string;
  /** Whose key may log in as whom, from now on. */
  accept(user: string, publicKey: string): void;
  /** Another host is at the address now. */
  changeKey(): Promise<void>;
  stop(): Promise<void>;
};

let ports = 2200;
const running = new Set<ChildProcess>();
const made: string[] = [];
after(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const dir of made) rmSync(dir, { recursive: true });
});

/** Somebody who can log in with a password; `sudoers`: what he may do. */
export function makeUser(name: string, password: string, sudoers?: string): void {
  const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password, encoding: 'utf8' }).trim();
  sh(`id -u ${name} >/dev/null 2>&1 || useradd -M -N -d / -s /bin/sh ${name}; usermod -p '${hash}' ${name}`);
  if (sudoers) writeFileSync(`/etc/sudoers.d/${name}`, `${name} ${sudoers}\n`, { mode: 0o440 });
}

/** `lines`: of sshd_config, before those that are usual here. */
export async function startSshd(lines: readonly string[] = []): Promise<Sshd> {
  const dir = mkdtempSync(join(tmpdir(), 'sshd-'));
  made.push(dir);
  const port = ports++;
  const keyFile = (type: string): string => join(dir, `key-${type}`);
  const makeKeys = (): void => {
    for (const type of ['ed25519', 'rsa'])
      sh(`rm -f ${keyFile(type)}*; ssh-keygen -q -t ${type} ${type === 'rsa' ? '-b 2048' : ''} -N '' -C '' -f ${keyFile(type)}`);
  };
  makeKeys();
  mkdirSync(join(dir, 'keys'), { mode: 0o755 });
  sh(`chmod 755 ${dir}`);
  const config = [
    ...lines,
    ...[`Port ${port}`, 'ListenAddress 127.0.0.1', 'ListenAddress ::1', 'PidFile none', 'LogLevel VERBOSE'],
    ...[`HostKey ${keyFile('ed25519')}`, `HostKey ${keyFile('rsa')}`, `AuthorizedKeysFile ${dir}/keys/%u`, 'StrictModes no'],
    ...['UsePAM no', 'PasswordAuthentication yes', 'KbdInteractiveAuthentication no', 'PermitRootLogin yes', 'UseDNS no'],
  ];
  writeFileSync(join(dir, 'config'), `${config.join('\n')}\n`);
  let log = '';
  let child = await started(dir, port, (text) => (log += text));
  const stop = async (): Promise<void> => {
    running.delete(child);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  };
  return {
    port,
    log: () => log,
    stop,
    hostKey: (type) => Buffer.from(sh(`cut -d' ' -f2 ${keyFile(type)}.pub`).trim(), 'base64'),
    accept: (user, publicKey) => writeFileSync(join(dir, 'keys', user), `${publicKey}\n`, { mode: 0o644 }),
    changeKey: async () => {
      await stop();
      makeKeys();
      child = await started(dir, port, (text) => (log += text));
    },
  };
}

async function started(dir: string, port: number, onText: (text: string) => void): Promise<ChildProcess> {
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(dir, 'config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr!.setEncoding('utf8').on('data', onText);
  running.add(child);
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error('sshd does not start');
    await wait(20);
  }
  return child;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
