import { join, normalize } from 'node:path';
import { type ImageFormat, imageFormat, PeerError } from '@virtstack/protocol';
import { exists } from '../system/files.ts';
import { run } from '../system/run.ts';

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

/** @throws {PeerError} `invalid`: the file of a volume lies elsewhere than in the pool, or where its images are. */
export const fileIn = (pool: string, file: string): string => {
  const path = checkPoolPath(file);
  const place = checkPoolPath(pool);
  if (path.startsWith(`${place}/`) && !path.startsWith(`${join(place, 'images')}/`)) return path;
  throw new PeerError('invalid', `${file} is no volume of the pool ${pool}.`);
};

/**
 * Makes the directories; the process that runs a guest passes through them (0711) to the files that it was given. Done by a process of its own, and for a
 * limited time: a server may be away. @throws {PeerError} the host may not write there.
 */
export const makePool = async (path: string): Promise<void> => {
  const volumes = join(path, 'volumes');
  await run(['mkdir', '--parents', '--mode=711', path, join(path, 'images'), volumes], { timeoutMs: MAKE_MS });
  await run(['test', '-w', volumes], { timeoutMs: MAKE_MS }).catch(() => {
    throw new PeerError(
      'storage-away',
      `${volumes} cannot be written by this host’s root. An NFS server must export it with rw and no_root_squash.`,
    );
  });
};

const MAKE_MS = 10_000;

/** The image of this id, in whichever format it was fetched. */
export const findImage = async (pool: string, id: string): Promise<{ path: string; format: ImageFormat } | undefined> => {
  for (const format of imageFormat.options) {
    const path = imagePath(pool, id, format);
    if (await exists(path)) return { path, format };
  }
  return undefined;
};
