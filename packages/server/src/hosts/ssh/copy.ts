import { Transform } from 'node:stream';
import { CloudError } from '../../error.ts';
import type { Program } from '../programs.ts';
import { lastWords, quoted, type Shell } from './shell.ts';

const copyMs = 20 * 60_000;

/** Puts a program onto a host: whole and proven, or not at all. `onSent`: bytes that are on their way. @throws {CloudError} why not, and what to do */
export async function copyTo(shell: Shell, program: Program, path: string, onSent: (bytes: number) => void): Promise<void> {
  const [whole, part] = [quoted(path), quoted(`${path}.part`)];
  const script = [
    'set -e; umask 022',
    `mkdir -p "$(dirname ${whole})"`,
    `trap 'rm -f ${path}.part' EXIT`,
    `gzip -dc >${part}`,
    `echo ${quoted(`${program.sha256}  ${path}.part`)} | sha256sum -c --status || { echo 'it arrived damaged' >&2; exit 65; }`,
    `chmod 755 ${part}; mv -f ${part} ${whole}`,
  ].join('; ');
  let sent = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _, done) {
      sent += chunk.length;
      onSent(sent);
      done(null, chunk);
    },
  });
  const source = program.open();
  source.on('error', (error) => counting.destroy(error));
  const ran = await shell.run(script, { input: source.pipe(counting), timeoutMs: copyMs });
  source.destroy();
  if (ran.code === 0) return;
  const mebibytes = Math.ceil(program.bytes / 2 ** 20);
  if (/No space left on device|Disk quota exceeded/.test(ran.stderr))
    throw new CloudError(
      'capacity',
      `The disk of ${shell.address} is full: ${path} needs ${mebibytes} MiB. The host says: ${lastWords(ran)} Make room there and add the host again.`,
    );
  throw new CloudError('unavailable', `${path} could not be written on ${shell.address}. The host says: ${lastWords(ran)}`);
}

/** The SHA-256 of files on a host, of those that are there. */
export async function hashesOf(shell: Shell, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await shell.run(`sha256sum ${paths.map(quoted).join(' ')} 2>/dev/null; true`);
  const pairs = stdout.split('\n').flatMap((line): [string, string][] => {
    const found = /^([0-9a-f]{64}) [ *](.*)$/.exec(line);
    return found ? [[found[2]!, found[1]!]] : [];
  });
  return new Map(pairs);
}
