import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { PeerError } from '@virtstack/protocol';

export type RunOptions = {
  /** Written to the program's standard input. */
  readonly input?: string;
  /** Beside the agent's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

// A service's PATH may lack the administrator's programs.
const path = [process.env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'].filter(Boolean).join(':');

/**
 * Runs a program, without a shell, and answers what it printed.
 * @throws {PeerError} `disk-full`, `missing-program` or `command-failed`, with the program's own last words; the signal's reason when aborted.
 */
export const run = (argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const [file, ...args] = argv;
    const limits = { timeout: options.timeoutMs ?? 30_000, killSignal: 'SIGKILL', maxBuffer: 16 * 2 ** 20 } as const;
    const env = { ...process.env, ...options.env, PATH: path, LC_ALL: 'C' };
    const child = execFile(file, args, { ...limits, env, signal: options.signal }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      if (options.signal?.aborted) return reject(options.signal.reason);
      reject(failure(file, limits.timeout, error, stderr));
    });
    // A program that ends without reading its input closes the pipe; its exit code says what happened.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
  });

const failure = (
  file: string,
  timeoutMs: number,
  error: Error & { code?: unknown; killed?: boolean },
  stderr: string,
): PeerError => {
  const name = basename(file);
  const words = stderr.trim().split('\n').slice(-3).join(' ');
  if (error.code === 'ENOENT') return new PeerError('missing-program', `The program ${name} is not installed on the host.`);
  if (error.killed) return new PeerError('command-failed', `${name} did not end within ${timeoutMs / 1000} s.`, stderr);
  if (/No space left on device/i.test(stderr)) return new PeerError('disk-full', `The disk is full: ${words}`, stderr);
  return new PeerError('command-failed', `${name} failed: ${words || error.message}`, stderr);
};
