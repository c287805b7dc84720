import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { imageStoreMethods, ParsedParamsOf, Progress, ResultOf } from '@virtstack/protocol';
import { inNetworks } from './allowed-networks.ts';
import { parseChecksum } from './checksum.ts';
import { fetchImage, shown } from './fetch.ts';
import { inspectImage } from './inspect.ts';
import type { Limits } from './limits.ts';
import { receive } from './receive.ts';
import { unpackImage } from './unpack.ts';

export type Download = ParsedParamsOf<typeof imageStoreMethods.download>;
export type Downloaded = ResultOf<typeof imageStoreMethods.download>;
export type DownloadOptions = {
  readonly limits: Limits;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
};

export const imagePath = (store: string, id: string, format: string): string => join(store, `${id}.${format}`);
const partPaths = (store: string, id: string): { arriving: string; unpacked: string } => ({
  arriving: join(store, `.${id}.arriving`),
  unpacked: join(store, `.${id}.unpacked`),
});

/** Fetches an image, proves it, puts it into the store. One that is there already is answered for without the network. @throws {PeerError} the refusal. */
export const downloadImage = async (asked: Download, options: DownloadOptions): Promise<Downloaded> => {
  const path = imagePath(asked.store, asked.id, asked.format);
  const there = await stat(path).catch(() => undefined);
  const virtualSizeBytes = there
    ? await inspectImage(path, asked.format, options.limits, options.signal)
    : await bring(asked, path, options);
  const { size } = await stat(path);
  return { path, sizeBytes: size, virtualSizeBytes, sha512: await sha512OfFile(path, options.signal) };
};

const bring = async (asked: Download, path: string, options: DownloadOptions): Promise<number> => {
  const { limits, signal, onProgress } = options;
  const checksum = asked.checksum ? parseChecksum(asked.checksum) : undefined;
  const { arriving, unpacked } = partPaths(asked.store, asked.id);
  await mkdir(asked.store, { recursive: true });
  await removeParts(asked.store, asked.id);
  try {
    const response = await fetchImage(asked.url, { isAllowed: inNetworks(asked.allowedNetworks), limits, signal });
    await receive(response, shown(new URL(asked.url)), {
      ...{ path: arriving, maxBytes: asked.maxBytes, hash: checksum?.hash, signal },
      onBytes: (done, total) => onProgress(total === undefined ? { done } : { done, total }),
    });
    checksum?.verify();
    const packed = await unpackImage(arriving, unpacked, asked.maxBytes, signal);
    const image = packed ? unpacked : arriving;
    const virtualSizeBytes = await inspectImage(image, asked.format, limits, signal);
    await rename(image, path);
    await syncDirectory(asked.store);
    return virtualSizeBytes;
  } finally {
    await removeParts(asked.store, asked.id);
  }
};

/** Removes an image in every format, and what a broken-off download left. */
export const removeImage = async (store: string, id: string): Promise<void> => {
  for (const format of ['qcow2', 'raw']) await rm(imagePath(store, id, format), { force: true });
  await removeParts(store, id);
};

const removeParts = async (store: string, id: string): Promise<void> => {
  for (const path of Object.values(partPaths(store, id))) await rm(path, { force: true });
};

const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path);
  await directory.sync().finally(() => directory.close());
};

const sha512OfFile = async (path: string, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
};
