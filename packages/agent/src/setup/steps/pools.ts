import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unmountSource } from '../../storage/mounts.ts';
import { exists, hasErrno, readIfThere } from '../../system/files.ts';
import { namesIn } from '../guests.ts';
import { places } from '../places.ts';
import type { Undo } from './step.ts';

type Pool = { readonly path: string; readonly source?: unknown };

/** What is mounted is unmounted; of the host's own, copies of images go where no volume stands on them. Volumes are data, and stay. */
export const pools: Undo = {
  name: 'let primary storage go',
  do: async () => {
    const known = JSON.parse((await readIfThere(places.agent.pools)) ?? '[]') as (string | Pool)[];
    const all = known.map((each) => (typeof each === 'string' ? { path: each } : each));
    const said = await Promise.all(all.map((pool) => (pool.source === undefined ? clear(pool.path) : unmount(pool.path))));
    return said.join('; ') || 'there is none';
  },
};

const unmount = async (path: string): Promise<string> => {
  await unmountSource(path);
  return `${path} is unmounted`;
};

const clear = async (path: string): Promise<string> => {
  const volumes = await namesIn(join(path, 'volumes'));
  if (volumes.length > 0) return `${path} stays, for ${volumes.length} volumes are in it: ${volumes.slice(0, 5).join(', ')}`;
  await rm(join(path, 'images'), { recursive: true, force: true });
  for (const directory of [join(path, 'volumes'), path]) await removeEmpty(directory);
  return (await exists(path)) ? `${path} stays, for something else is in it` : `${path} is gone`;
};

/** Removes a directory if nothing is in it, and nothing mounted there. */
export const removeEmpty = (path: string): Promise<void> =>
  rmdir(path).catch((error: unknown) => {
    if (!hasErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'ENOTDIR')) throw error;
  });
