import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { root } from '@virtstack/shell/places.ts';
import type { SystemUser } from './accounts.ts';

/** A process of the installation. */
export type Part = {
  readonly name: string;
  /** Program and arguments; paths below the checkout are translated for a user who cannot reach it. */
  readonly argv: readonly string[];
  /** Absent: root. */
  readonly user?: SystemUser;
};

export type Places = { readonly log: string; readonly app: string };

const largestLog = 20 * 1024 * 1024;

/** Starts a part with its user's rights and no others; it ends when this process does. Its output goes to `LOG/NAME.log`. */
export function startPart(part: Part, places: Places): ChildProcess {
  const log = openLog(`${places.log}/${part.name}.log`);
  const argv = [...privileges(part.user), ...part.argv];
  const reachable = !part.user || !closedTo(root);
  const command = reachable ? argv : mounted(argv, places.app);
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', log, log],
    env: environment(part.user),
    cwd: '/',
    detached: true,
  });
  closeSync(log);
  return child;
}

function openLog(file: string): number {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largestLog) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o640);
}

function privileges(user: SystemUser | undefined): string[] {
  if (!user) return ['setpriv', '--pdeathsig', 'TERM', '--'];
  return [
    ...['setpriv', '--reuid', String(user.uid), '--regid', String(user.gid), '--init-groups', '--no-new-privs'],
    ...['--inh-caps', '-all', '--bounding-set', '-all', '--pdeathsig', 'TERM', '--'],
  ];
}

const environment = (user: SystemUser | undefined): NodeJS.ProcessEnv => ({
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  ...(user ? {} : { HOME: '/root' }),
});

/** The directory, at or above this one, that a user without rights of his own may not enter. One that is not there yet does not count. */
export function closedTo(directory: string): string | undefined {
  for (let at = directory; at !== '/'; at = dirname(at)) {
    const mode = statSync(at, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && !(mode & 0o001)) return at;
  }
  return undefined;
}

/** The same command with the checkout seen at `at`, through a mount that only it has: for who may not enter the directory where it lies (/root). */
export function mounted(argv: readonly string[], at: string, mode: 'ro' | 'rw' = 'ro'): string[] {
  mkdirSync(at, { recursive: true });
  const script = 'mount --bind -o "$3" "$1" "$2" && shift 3 && exec "$@"';
  const translated = argv.map((word) => (word === root || word.startsWith(`${root}/`) ? at + word.slice(root.length) : word));
  return ['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', script, 'sh', root, at, mode, ...translated];
}
