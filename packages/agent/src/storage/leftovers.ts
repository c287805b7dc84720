import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno, leftover } from '../system/files.ts';

/** Removes what this host's agent left unfinished when it was killed. To be called before anything new is begun. What other hosts write is theirs. */
export const sweepPool = async (pool: string, guid: string): Promise<void> => {
  for (const directory of [join(pool, 'images'), join(pool, 'volumes')])
    await removeFrom(directory, (name) => leftover(name, guid));
};

export const sweepSeeds = (seeds: string): Promise<void> => removeFrom(seeds, (name) => leftover(name));

const removeFrom = async (directory: string, isLeftover: (name: string) => boolean): Promise<void> => {
  try {
    for (const name of (await readdir(directory)).filter(isLeftover))
      await rm(join(directory, name), { recursive: true, force: true });
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
};
