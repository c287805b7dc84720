import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a finished command left. `code` is null where a signal ended it. */
export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string };
/** `input` goes to standard input, a socket: a program that opens /dev/stdin by name fails on it. */
export type RunOptions = { readonly input?: string; readonly env?: Record<string, string>; readonly cwd?: string };

/** A private piece of this machine: network, mounts, processes of its own, and with `libvirtd` a real libvirt. Everything in it ends with it. */
export type World = {
  run(argv: readonly string[], options?: RunOptions): Promise<Finished>;
  spawn(argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** A path inside, as it is reached from outside: `path('/run/libvirt/libvirt-sock')`. */
  path(inside: string): string;
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

const init = fileURLToPath(new URL('./world-init.sh', import.meta.url));
const namespaces = ['--net', '--mount', '--pid', '--ipc', '--uts'];

/** The command that runs `argv` in a world of its own and exits with its code. To stop it early, SIGKILL it: the world ends with it. */
export const worldCommand = (argv: readonly string[], options: { libvirtd?: boolean } = { libvirtd: true }): string[] => [
  'unshare',
  ...namespaces,
  '--fork',
  '--kill-child=SIGKILL',
  '--mount-proc',
  init,
  ...(options.libvirtd ? ['--libvirtd'] : []),
  ...argv,
];

/** The guard of a test whose own sockets must lie in a world. @throws outside of one, with the command to run instead. */
export const requireWorld = (): void => {
  if (process.env.VIRTSTACK_WORLD) return;
  throw new Error(`This test runs in a world of its own: node ${fileURLToPath(import.meta.url)} node --test FILE`);
};

/** Makes a world beside the test, which stays outside. Needs root. @throws with the daemons' own words when they do not start. */
export const createWorld = async (options: { libvirtd?: boolean } = {}): Promise<World> => {
  if (process.getuid?.() !== 0) throw new Error('A world needs root (namespaces, mounts, libvirtd).');
  const [file, ...args] = worldCommand(['sh', '-c', 'echo ready; exec cat >/dev/null'], { libvirtd: false, ...options });
  const keeper = spawn(file!, args, { stdio: 'pipe' });
  const ended = finished(keeper);
  const ready = new Promise<void>((resolve) => keeper.stdout.once('data', () => resolve()));
  const failed = await Promise.race([ready, ended]);
  if (failed) throw new Error(`The world could not be made (exit ${failed.code}): ${failed.stderr.trim()}`);
  // `cat` ends with its input; the kernel then ends all other processes before `unshare` returns.
  const dispose = async (): Promise<void> => {
    keeper.stdin.end();
    await ended;
  };
  const spawnInside = (argv: readonly string[], spawnOptions: SpawnOptions = {}): ChildProcess => {
    const [command, ...rest] = enter(keeper.pid!, argv, spawnOptions.cwd?.toString() ?? process.cwd());
    return spawn(command!, rest, { ...spawnOptions, cwd: '/', env: insideEnvironment(spawnOptions.env) });
  };
  const run = (argv: readonly string[], { input, env, cwd }: RunOptions = {}): Promise<Finished> => {
    const child = spawnInside(argv, { stdio: 'pipe', env: { ...process.env, ...env }, ...(cwd && { cwd }) });
    const done = finished(child);
    // A command that ends without reading its input closes the pipe; its exit code says what happened.
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
    return done;
  };
  const path = (inside: string): string => `/proc/${keeper.pid}/root${inside}`;
  return { run, spawn: spawnInside, path, dispose, [Symbol.asyncDispose]: dispose };
};

const enter = (keeper: number, argv: readonly string[], cwd: string): string[] => {
  const inside = ['net', 'mnt', 'ipc', 'uts'].map((name) => `--${name === 'mnt' ? 'mount' : name}=/proc/${keeper}/ns/${name}`);
  return ['nsenter', ...inside, `--pid=/proc/${keeper}/ns/pid_for_children`, 'env', `--chdir=${cwd}`, ...argv];
};

const insideEnvironment = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => ({
  ...env,
  VIRTSTACK_WORLD: '1',
  VIRTSTACK_OFFLINE: '1',
  LIBVIRT_DEFAULT_URI: 'qemu:///system',
});

const finished = (child: ChildProcess): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name]?.setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...text }));
  });

if (import.meta.main) {
  const [file, ...args] = worldCommand(process.argv.slice(2));
  spawn(file!, args, { stdio: 'inherit' }).once('close', (code) => process.exit(code ?? 1));
}
