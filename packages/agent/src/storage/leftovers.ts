import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno, leftover } from '../system/files.ts';

/** Removes what an agent that was killed in the middle of something left unfinished. To be called before anything new is begun. */
export const removeLeftovers = async (pools: readonly string[], seeds: string): Promise<void> => {
  for (const pool of pools)
    for (const directory of [join(pool, 'images'), join(pool, 'volumes')]) await removeFrom(directory, leftover);
  await removeFrom(seeds, leftover);
};

const removeFrom = async (directory: string, isLeftover: (name: string) => boolean): Promise<void> => {
  try {
    for (const name of (await readdir(directory)).filter(isLeftover))
      await rm(join(directory, name), { recursive: true, force: true });
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
};
