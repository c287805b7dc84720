import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrno } from '../../system/files.ts';
import { places } from '../places.ts';
import { SetupError } from '../setup-error.ts';
import type { Check } from './check.ts';

const MB = 1_000_000;
const least = [
  { path: dirname(places.data), megabytes: 5000, what: 'guests and images' },
  { path: dirname(places.programs), megabytes: 300, what: 'Node and the agent' },
] as const;

export const disk: Check = {
  name: 'look at the disk',
  look: async () => {
    const seen = await Promise.all(least.map(async (each) => ({ ...each, free: Math.floor((await freeBytes(each.path)) / MB) })));
    const short = seen.filter(({ free, megabytes }) => free < megabytes);
    if (short.length === 0) return seen.map(({ path, free }) => `${free} MB free in ${path}`).join(', ');
    const words = short.map(({ path, free, megabytes, what }) => `${free} MB are free in ${path}; ${what} need ${megabytes} MB.`);
    throw new SetupError(words.join(' '), `Make room there, or mount a larger file system at ${short[0]!.path}.`);
  },
};

/** Of the file system on which this path lies, or will. */
export const freeBytes = async (path: string): Promise<number> => {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if (path !== '/' && hasErrno(error, 'ENOENT')) return freeBytes(dirname(path));
    throw error;
  }
};
