import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { installPackages } from '@virtstack/shell/packages.ts';
import { root } from '@virtstack/shell/places.ts';
import { print, relayTo, say } from '@virtstack/shell/say.ts';
import { commandLine, UserError } from '@virtstack/shell/user-error.ts';
import { checkReachable } from './directories.ts';
import type { PrepareHosts } from './hosts.ts';
import { neededPackages } from './local-hypervisor.ts';
import { type Installation, installation, saveInstallation, type UpArguments } from './options.ts';
import { type Paths, pathsOf } from './paths.ts';
import { runningSupervisor } from './pid-file.ts';
import { checkFree } from './ports.ts';
import { startCloud } from './start.ts';
import { summary } from './summary.ts';
import { installUnit } from './unit.ts';

/** `./virtstack up`. Ends when the cloud is stopped; with `--detach`, when it is ready. */
export async function up(given: UpArguments): Promise<void> {
  if (process.send) relayTo((line) => process.send!({ line }));
  const paths = pathsOf(given);
  // What an installation keeps is for root alone: nobody else gets as far as reading it.
  if (process.getuid?.() !== 0) return await refuseUnprivileged(given);
  const chosen = installation(given, paths);
  const running = runningSupervisor(paths);
  if (running) return tellOfRunning(paths, running);
  checkReachable(paths);
  await installPackages(await neededPackages(chosen));
  await checkFree(chosen.listen, '--listen');
  if (!chosen.lab) await checkFree(chosen.agents, '--agents');
  if (given.install) return await installUnit(paths, chosen);
  if (given.detach) return await detach(paths, given);
  await foreground(paths, chosen);
}

async function refuseUnprivileged(given: UpArguments): Promise<never> {
  await installPackages(await neededPackages(given));
  throw new UserError(
    `the host agent needs root (libvirt, bridges, disks); the server and its database do not keep it. Run: sudo ${commandLine()}`,
  );
}

function tellOfRunning(paths: Paths, pid: number): void {
  if (existsSync(paths.admin)) summary(paths, `It already runs (pid ${pid}).`);
  else print(`It is being started (pid ${pid}): ./virtstack status, logs.`);
}

async function foreground(paths: Paths, chosen: Installation): Promise<void> {
  const cloud = await startCloud(paths, chosen, await hostsFor(chosen));
  saveInstallation(paths, chosen);
  const stays = chosen.lab ? 'the lab’s hosts and their guests keep running' : 'guests keep running';
  summary(
    paths,
    process.send ? 'It runs in the background: ./virtstack status, logs, down.' : `Ctrl-C stops the cloud; ${stays}.`,
  );
  process.send?.({ ready: true });
  relayTo(undefined);
  if (process.connected) process.disconnect();
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  say(`stopping; ${stays}`);
  await cloud.stop();
  process.exit(0);
}

/** A lab's part is loaded only where there is one. */
const hostsFor = async ({ lab }: Installation): Promise<PrepareHosts> =>
  lab ? (await import('./lab/hosts.ts')).labOfItsOwn : (await import('./this-machine.ts')).thisMachine;

type Message = { line?: string; ready?: boolean; error?: string };

/** Runs `up` again in a session of its own, shows its progress, and lets go of it when it is ready. */
function detach(paths: Paths, given: UpArguments): Promise<void> {
  const options = Object.entries(given).flatMap(([name, value]) =>
    typeof value === 'string' && name !== 'data' ? [`--${name}`, value] : [],
  );
  const argv = [
    '--disable-warning=ExperimentalWarning',
    `${root}/packages/cli/src/main.ts`,
    'up',
    '--data',
    paths.data,
    ...options,
    ...(given.lab ? ['--lab'] : []),
  ];
  mkdirSync(paths.log, { recursive: true, mode: 0o750 });
  const log = openSync(`${paths.log}/virtstack.log`, 'a', 0o640);
  const child = spawn(process.execPath, argv, { detached: true, stdio: ['ignore', log, log, 'ipc'], cwd: '/' });
  closeSync(log);
  return new Promise((resolve, reject) => {
    child.on('message', (message: Message) => {
      if (message.line !== undefined) process.stdout.write(`${message.line}\n`);
      if (message.error !== undefined) reject(new UserError(message.error));
      if (!message.ready) return;
      child.disconnect();
      child.unref();
      resolve();
    });
    child.on('exit', (code) => reject(new UserError(`it ended with code ${code} before it was ready; see ./virtstack logs`)));
    child.on('error', reject);
  });
}
