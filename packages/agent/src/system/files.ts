import { access, link, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

type Code = { readonly code?: string };

export const hasErrno = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && codes.includes((error as Code).code ?? '');

/** The file's text; undefined where there is no such file. */
export const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
};

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

let temporary = 0;

/** A name beside `path` that no other write of this process uses; `leftover` knows it again. `writer`: which host writes, where several may. */
export const besides = (path: string, writer?: string): string =>
  `${path}.${writer === undefined ? '' : `${writer}.`}${process.pid}-${++temporary}.part`;
/** `writer`: only what that host has begun. */
export const leftover = (name: string, writer?: string): boolean =>
  name.endsWith('.part') && (writer === undefined || name.includes(`.${writer}.`));

/** Replaces the file whole or not at all; it need not outlive a power failure. */
export const replaceFile = async (path: string, data: string | Uint8Array, mode = 0o600): Promise<void> => {
  await beside(path, data, mode, rename);
};

/** Replaces the file whole or not at all, and only answers when it is on the disk. */
export const writeAtomically = async (path: string, text: string, mode = 0o600): Promise<void> => {
  await beside(path, text, mode, publish);
};

const beside = async (
  path: string,
  data: string | Uint8Array,
  mode: number,
  give: (part: string, path: string) => Promise<void>,
): Promise<void> => {
  const part = besides(path);
  try {
    const file = await open(part, 'wx', mode);
    try {
      await file.writeFile(data);
      await file.chmod(mode);
    } finally {
      await file.close();
    }
    await give(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
};

/** Gives a finished file its name; both are on the disk afterwards. */
export const publish = async (part: string, path: string): Promise<void> => {
  await syncToDisk(part);
  await rename(part, path);
  await syncToDisk(dirname(path));
};

/**
 * The same, but never over a file that is there: another host may have been faster, and guests may have that file open already. Answers whether it was
 * given; the unfinished file is gone in any case.
 */
export const publishFirst = async (part: string, path: string): Promise<boolean> => {
  await syncToDisk(part);
  try {
    await link(part, path);
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error;
    return false;
  } finally {
    await rm(part, { force: true });
  }
  await syncToDisk(dirname(path));
  return true;
};

const syncToDisk = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** The last `bytes` of a file; empty where there is none. */
export const tail = async (path: string, bytes: number): Promise<Buffer> => {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const length = Math.min(size, bytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return Buffer.alloc(0);
    throw error;
  }
};
