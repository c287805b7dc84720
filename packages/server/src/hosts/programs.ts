import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** A program that hosts are given. */
export type Program = {
  readonly sha256: string;
  readonly sha512: string;
  readonly bytes: number;
  /** What goes over the wire: gzip, and how much that is. */
  readonly packedBytes: number;
  open(): Readable;
};
export type Programs = {
  /** The Node that this server runs on. */
  node(): Promise<Program>;
  /** Absent where this server was given none. */
  readonly agent: (() => Promise<Program>) | undefined;
};

/** Programs are read and packed when a host is added for the first time; what is packed is kept in the server's data directory. */
export function openPrograms({ dataDir, agentBundle }: { dataDir: string; agentBundle?: string | undefined }): Programs {
  const directory = join(dataDir, 'programs');
  return {
    node: once(() => packed(process.execPath, directory, 'node')),
    agent: agentBundle === undefined ? undefined : once(() => packed(agentBundle, directory, 'agent')),
  };
}

/** Asked again after it failed. */
const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
};

/** Packed once for each content of the file; what was packed of earlier ones goes. */
async function packed(file: string, directory: string, name: string): Promise<Program> {
  const { size: bytes } = await stat(file);
  const [sha256, sha512] = await Promise.all([hashOf(file, 'sha256'), hashOf(file, 'sha512')]);
  const path = join(directory, `${name}-${sha256}.gz`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (!(await stat(path).catch(() => undefined))) {
    const part = `${path}.${process.pid}.part`;
    try {
      // The fastest level: a host is waited for, and its network is near.
      await pipeline(createReadStream(file), createGzip({ level: 1 }), createWriteStream(part, { mode: 0o600 }));
      await rename(part, path);
    } finally {
      await rm(part, { force: true });
    }
    await forgetOthers(directory, name, `${name}-${sha256}.gz`);
  }
  const { size: packedBytes } = await stat(path);
  return { sha256, sha512, bytes, packedBytes, open: () => createReadStream(path) };
}

async function hashOf(file: string, algorithm: 'sha256' | 'sha512'): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function forgetOthers(directory: string, name: string, kept: string): Promise<void> {
  const others = (await readdir(directory)).filter((one) => one.startsWith(`${name}-`) && one.endsWith('.gz') && one !== kept);
  await Promise.all(others.map((one) => rm(join(directory, one), { force: true })));
}
