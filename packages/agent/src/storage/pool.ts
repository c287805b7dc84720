import { mkdir, statfs } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { type ImageFormat, imageFormat, PeerError, type PoolReport } from '@virtstack/protocol';
import { exists } from '../system/files.ts';

/** Where things lie in a pool. Images may be read by anyone who knows their id: many guests' disks stand on one. */
export const imagePath = (pool: string, id: string, format: ImageFormat): string => join(pool, 'images', `${id}.${format}`);
export const volumePath = (pool: string, id: string): string => join(pool, 'volumes', `${id}.qcow2`);

/** @throws {PeerError} `invalid`: not an absolute path of a directory beneath the root. */
export const checkPoolPath = (path: string): string => {
  const plain = normalize(path).replace(/\/+$/, '');
  if (!path.startsWith('/') || plain === '' || path.split('/').includes('..') || /[\0\n,]/.test(path))
    throw new PeerError(
      'invalid',
      `A pool's path must be absolute and name a directory, without "..", comma or line end: ${path}`,
    );
  return plain;
};

/** Makes the directories; the process that runs a guest passes through them (0711) to the files that it was given. */
export const makePool = async (path: string): Promise<void> => {
  for (const directory of [path, join(path, 'images'), join(path, 'volumes')])
    await mkdir(directory, { recursive: true, mode: 0o711 });
};

export const poolReport = async (path: string): Promise<PoolReport> => {
  const { bsize, blocks, bfree } = await statfs(path);
  return { path, capacityBytes: blocks * bsize, usedBytes: (blocks - bfree) * bsize };
};

/** The image of this id, in whichever format it was fetched. */
export const findImage = async (pool: string, id: string): Promise<{ path: string; format: ImageFormat } | undefined> => {
  for (const format of imageFormat.options) {
    const path = imagePath(pool, id, format);
    if (await exists(path)) return { path, format };
  }
  return undefined;
};
