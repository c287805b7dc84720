import { open } from 'node:fs/promises';

/** The first bytes of a file, fewer where it is shorter. */
export const readHead = async (path: string, count: number): Promise<Buffer> => {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};
