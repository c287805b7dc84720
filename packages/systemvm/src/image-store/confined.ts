import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

/** What a program that reads a stranger's file may use. */
const confinement = ['prlimit', '--as=2147483648', '--cpu=120', '--core=0', '--nofile=64'];

/** A program within limits, its input a file; no shell, no environment. */
export const spawnConfined = (argv: readonly string[], input: number): ChildProcessByStdio<null, Readable, Readable> => {
  const [file, ...args] = [...confinement, '--fsize=0', '--', ...argv];
  const child = spawn(file!, args, { stdio: [input, 'pipe', 'pipe'], env: environment });
  return child as ChildProcessByStdio<null, Readable, Readable>;
};

/** Runs a program within limits and gives its output. @throws with its `code`, `signal` and `stderr`. */
export const runConfined = async (argv: readonly string[], signal: AbortSignal): Promise<string> => {
  const [file, ...args] = [...confinement, '--fsize=0', '--', ...argv];
  const options = { env: environment, signal, timeout: 180_000, killSignal: 'SIGKILL' as const, maxBuffer: 16 << 20 };
  return (await promisify(execFile)(file!, args, options)).stdout;
};

const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
