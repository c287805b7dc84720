import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** How somebody reaches the cloud: what the programs of the clients are told. */
export type Access = {
  readonly apikey: string;
  readonly secretkey: string;
  /** The address of the API. */
  readonly api: string;
  /** The file of the authority's certificate. */
  readonly cacertificate: string;
  readonly account: string;
  /** The domain that he is in. */
  readonly domain: string;
  readonly domainid: string;
};
const execute = promisify(execFile);

/** Runs a program; what it wrote, and how it ended. */
export async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const options = {
    encoding: 'utf8',
    cwd: tmpdir(),
    maxBuffer: 1 << 26,
    env: { PATH: process.env.PATH!, LANG: 'C.UTF-8', ...env },
  } as const;
  try {
    return { code: 0, ...(await execute(argv[0]!, argv.slice(1), options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

/** Runs one of the scripts beside this file as somebody; what it told. @throws with what went wrong in it. */
export async function script<T>(
  name: string,
  { dir }: { readonly dir: string },
  access: Access & { readonly offering: string; readonly publickey?: string },
): Promise<T> {
  const file = join(dir, 'access.json');
  writeFileSync(file, JSON.stringify(access), { mode: 0o600 });
  const { code, stdout, stderr } = await run(['/usr/bin/python3', '-B', fileURLToPath(new URL(name, import.meta.url)), file]);
  if (code !== 0) throw new Error(`${name}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
