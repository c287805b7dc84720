import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { PeerError } from '@virtstack/protocol';
import { spawnConfined } from './confined.ts';
import { readHead } from './head.ts';
import { limited, noSpace } from './receive.ts';

type Packing = {
  readonly name: string;
  readonly magic: string;
  unpack(path: string): Promise<{ output: Readable; ended: Promise<void> }>;
};

const inProcess =
  (make: () => ReturnType<typeof createGunzip>): Packing['unpack'] =>
  async (path) => {
    const source = createReadStream(path);
    const output = source.pipe(make());
    source.once('error', (error) => output.destroy(error));
    return { output, ended: Promise.resolve() };
  };

const byProgram =
  (argv: readonly string[]): Packing['unpack'] =>
  async (path) => {
    const file = await open(path);
    const child = spawnConfined(argv, file.fd);
    let words = '';
    child.stderr.on('data', (chunk: Buffer) => {
      words += chunk.toString('utf8', 0, 500);
    });
    const ended = new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) =>
        code === 0 ? resolve() : reject(new Error(words.trim() || `${argv[0]} ended with ${signal ?? code}`)),
      );
    }).finally(() => file.close());
    // Judged by the caller once the output ended; until then it must not count as unhandled.
    ended.catch(() => {});
    return { output: child.stdout, ended };
  };

const packings: readonly Packing[] = [
  { name: 'gzip', magic: '1f8b', unpack: inProcess(createGunzip) },
  { name: 'zstd', magic: '28b52ffd', unpack: inProcess(createZstdDecompress) },
  { name: 'xz', magic: 'fd377a585a00', unpack: byProgram(['xz', '--decompress', '--stdout']) },
  { name: 'bzip2', magic: '425a68', unpack: byProgram(['bzip2', '--decompress', '--stdout']) },
];

/**
 * Unpacks a gzip, zstd, xz or bzip2 file to `target`; false where the file is none of them.
 * @throws {PeerError} `packed`: the packing is damaged; `too-big`; `no-space`.
 */
export const unpackImage = async (path: string, target: string, maxBytes: number, signal: AbortSignal): Promise<boolean> => {
  const head = (await readHead(path, 8)).toString('hex');
  const packing = packings.find(({ magic }) => head.startsWith(magic));
  if (!packing) return false;
  const { output, ended } = await packing.unpack(path);
  let done = 0;
  const meter = limited(maxBytes, 'The unpacked image', (chunk) => {
    done += chunk.length;
  });
  try {
    await pipeline(output, meter, createWriteStream(target, { flags: 'wx', mode: 0o640, flush: true }), { signal });
    await ended;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof PeerError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw noSpace(done);
    throw new PeerError(
      'packed',
      `The ${packing.name} file is damaged: ${(error as Error).message}. Check the file at its source.`,
    );
  }
  return true;
};
