import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { besides, hasErrno, leftover } from '../system/files.ts';

/** Nothing that is still written goes without a write for so long: who comes after it fails, and loses nothing. */
const ABANDONED_MS = 24 * 3_600_000;

/** Removes what this host's agent left unfinished when it was killed. To be called before anything new is begun. What other hosts write is theirs. */
export const sweepPool = async (pool: string, guid: string): Promise<void> => {
  for (const directory of directoriesOf(pool)) await removeFrom(directory, (name) => leftover(name, guid));
};

/** Removes what nobody goes on with, whoever left it: a host that was removed or lost does not come back to sweep. Ages are by the pool's own clock. */
export const sweepAbandoned = async (pool: string, guid: string): Promise<void> => {
  const before = (await clockOf(pool, guid)) - ABANDONED_MS;
  for (const directory of directoriesOf(pool))
    await removeFrom(directory, async (name) => leftover(name) && (await changedAt(join(directory, name))) < before);
};

const directoriesOf = (pool: string): string[] => [join(pool, 'images'), join(pool, 'volumes')];

/** Milliseconds since 1970, of the file server where there is one: its clock need not be ours. */
const clockOf = async (pool: string, guid: string): Promise<number> => {
  const file = besides(join(pool, 'volumes', 'clock'), guid);
  try {
    await writeFile(file, 'x');
    return await changedAt(file);
  } finally {
    await rm(file, { force: true });
  }
};

/** Infinity for a file that is gone. */
const changedAt = async (file: string): Promise<number> => {
  try {
    return (await stat(file)).mtimeMs;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return Number.POSITIVE_INFINITY;
    throw error;
  }
};

export const sweepSeeds = (seeds: string): Promise<void> => removeFrom(seeds, (name) => leftover(name));

const removeFrom = async (directory: string, isLeftover: (name: string) => boolean | Promise<boolean>): Promise<void> => {
  try {
    for (const name of await readdir(directory))
      if (await isLeftover(name)) await rm(join(directory, name), { recursive: true, force: true });
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
};
