import { execFile } from 'node:child_process';

/** Runs a program without a shell and gives what it wrote. @throws with the program's own words and its exit code. */
export const runBinary = (argv: readonly string[], input?: string | Buffer, cwd?: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const [file, ...args] = argv;
    const options = { cwd, maxBuffer: 256 << 20, encoding: 'buffer' as const, env: { ...process.env, LC_ALL: 'C' } };
    const child = execFile(file!, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      if (error.code === 'ENOENT') return reject(new Error(`The program ${file} is not installed.`));
      reject(new Error(`${argv.join(' ')} failed (exit ${error.code}): ${(stderr.toString() || stdout.toString()).trim()}`));
    });
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
  });

export const run = async (argv: readonly string[], options: { cwd?: string; input?: string } = {}): Promise<string> =>
  (await runBinary(argv, options.input, options.cwd)).toString('utf8');
