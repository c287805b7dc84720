import { Transform } from 'node:stream';
import { CloudError } from '../../error.ts';
import type { Program } from '../programs.ts';
import { lastWords, type Shell } from './shell.ts';

const copyMs = 20 * 60_000;

/** Of the path and the hash: to a name of its own first, which goes whatever happens. */
const write = `set -e; umask 022
mkdir -p "$(dirname "$1")"
trap 'rm -f "$1.part"' EXIT
gzip -dc >"$1.part"
echo "$2  $1.part" | sha256sum -c --status || { echo 'it arrived damaged' >&2; exit 65; }
chmod 755 "$1.part"
mv -f "$1.part" "$1"`;

/** Puts a program onto a host: whole and proven, or not at all. `onSent`: bytes that are on their way. @throws {CloudError} why not, and what to do */
export async function copyTo(host: Shell, program: Program, path: string, onSent: (bytes: number) => void): Promise<void> {
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
  const ran = await host.run(write, { args: [path, program.sha256], input: source.pipe(counting), timeoutMs: copyMs });
  source.destroy();
  if (ran.code === 0) return;
  const mebibytes = Math.ceil(program.bytes / 2 ** 20);
  if (/No space left on device|Disk quota exceeded/.test(ran.stderr))
    throw new CloudError(
      'capacity',
      `The disk of ${host.address} is full: ${path} needs ${mebibytes} MiB. The host says: ${lastWords(ran)} Make room there and add the host again.`,
    );
  throw new CloudError('unavailable', `${path} could not be written on ${host.address}. The host says: ${lastWords(ran)}`);
}

/** The SHA-256 of files on a host, of those that are there. */
export async function hashesOf(host: Shell, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await host.run('sha256sum "$@" 2>/dev/null; true', { args: paths });
  const pairs = stdout.split('\n').flatMap((line): [string, string][] => {
    const found = /^([0-9a-f]{64}) [ *](.*)$/.exec(line);
    return found ? [[found[2]!, found[1]!]] : [];
  });
  return new Map(pairs);
}
