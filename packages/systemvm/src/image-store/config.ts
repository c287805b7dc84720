import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';

/** The configuration file of an image store's process. */
export type ImageStoreConfig = {
  /** `wss://HOST:PORT/image-store` */
  readonly server: string;
  /** PEM files: who the server must be signed by, and who we are. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
};

/** @throws {Error} with a line that names the file and the key at fault. */
export const readConfig = async (path: string): Promise<ImageStoreConfig> => {
  const values = JSON.parse(await readFile(path, 'utf8')) as Record<keyof ImageStoreConfig, unknown>;
  const text = (key: keyof ImageStoreConfig, good: (value: string) => boolean, shape: string): string => {
    const value = values[key];
    if (typeof value !== 'string' || !good(value)) throw new Error(`${path}: "${key}" must be ${shape}`);
    return value;
  };
  const file = (key: keyof ImageStoreConfig): string => text(key, isAbsolute, 'an absolute path');
  const server = text('server', (value) => value.startsWith('wss://'), 'a URL that begins with wss://');
  return { server, ca: file('ca'), certificate: file('certificate'), key: file('key') };
};
