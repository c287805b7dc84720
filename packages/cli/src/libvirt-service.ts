import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { catalogue } from '@virtstack/hypervisor/catalogue.ts';
import { sharedDevices } from '@virtstack/hypervisor/enabled.ts';
import { run, until } from '@virtstack/shell/run.ts';
import { say } from '@virtstack/shell/say.ts';
import { UserError } from '@virtstack/shell/user-error.ts';
import type { Paths } from './paths.ts';

const sockets = ['/run/libvirt/libvirt-sock', '/run/libvirt/virtqemud-sock', '/run/libvirt/virtxend-sock'];

/** Whether something answers on a unix socket (a socket file alone proves nothing). */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket.destroy() && true));
    socket.once('error', () => resolve(false));
  });

const running = async (): Promise<boolean> => {
  for (const path of sockets) if (existsSync(path) && (await answers(path))) return true;
  return false;
};

/** True where a service manager looks after libvirtd. */
export const hasServiceManager = (): boolean => existsSync('/run/systemd/system');

/** Makes sure that libvirt's daemon answers. Where no service manager does, starts it (it stays when the cloud goes: guests need it). */
export async function startLibvirt(paths: Paths): Promise<void> {
  if (await running()) return;
  if (hasServiceManager()) await startByServiceManager();
  else await startByHand(paths);
  if (await until(running, 20_000)) return;
  throw new UserError(
    `libvirtd does not answer on ${sockets[0]} 20 s after it was started. Its own words: journalctl -u libvirtd, or ${paths.log}/libvirtd.log`,
  );
}

async function startByServiceManager(): Promise<void> {
  say('starting libvirtd (systemd)');
  for (const unit of ['libvirtd.service', 'virtqemud.socket', 'virtxend.socket'])
    if ((await run(['systemctl', 'start', unit])).code === 0) return;
}

const daemons = ['virtlogd', 'libvirtd'] as const;

async function startByHand(paths: Paths): Promise<void> {
  say('starting virtlogd and libvirtd (this machine has no service manager)');
  await openDevices();
  for (const daemon of daemons) await startDaemon(paths, daemon);
}

async function startDaemon(paths: Paths, daemon: string): Promise<void> {
  const log = `LIBVIRT_LOG_OUTPUTS=3:file:${paths.log}/${daemon}.log`;
  const started = await run(['env', log, daemon, '--daemon', '--pid-file', pidFile(paths, daemon)]);
  if (started.code !== 0) throw new UserError(`${daemon} could not be started: ${started.stderr.trim().split('\n').at(-1)}`);
}

const pidFile = (paths: Paths, daemon: string): string => `${paths.run}/${daemon}.pid`;

const pidOf = (paths: Paths, daemon: string): number | undefined => {
  const file = pidFile(paths, daemon);
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
};

/** Looks after the daemons that `startLibvirt` started by hand, as a service manager would: one that died is started again. */
export function watchLibvirt(paths: Paths): { stop(): void } {
  const look = async (): Promise<void> => {
    for (const daemon of daemons) {
      const pid = pidOf(paths, daemon);
      if (pid === undefined || isProgram(pid, daemon)) continue;
      say(`${daemon} has died; starting it again`);
      await startDaemon(paths, daemon).catch((error: Error) => say(error.message));
    }
  };
  const timer = setInterval(look, 1000);
  return { stop: () => clearInterval(timer) };
}

/**
 * Gives a hypervisor's device the group and mode that udev gives it on Debian. Where nobody has, libvirt (which asks as its own user) does not trust
 * its cache of what the emulator can do and asks anew at every call, for many seconds.
 */
async function openDevices(): Promise<void> {
  if (existsSync('/run/udev/control')) return;
  const groups = readFileSync('/etc/group', 'utf8');
  for (const { device, group } of catalogue.flatMap(sharedDevices)) {
    if (!existsSync(device) || !groups.includes(`\n${group}:`)) continue;
    await run(['chgrp', group, device]);
    await run(['chmod', '0660', device]);
  }
}

/** Stops the daemons that `startLibvirt` started by hand, if it did. */
export async function stopLibvirt(paths: Paths): Promise<void> {
  for (const daemon of daemons.toReversed()) {
    const pid = pidOf(paths, daemon);
    if (pid === undefined || !isProgram(pid, daemon)) continue;
    process.kill(pid, 'SIGTERM');
    await until(() => !isProgram(pid, daemon), 10_000);
  }
}

/** Whether a process of that number runs that program (numbers are used again). */
export function isProgram(pid: number, program: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]!.split('/').at(-1) === program;
  } catch {
    return false;
  }
}
