import { createHash } from 'node:crypto';
import { open, statfs } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { dirname } from 'node:path';
import { PeerError, type Progress } from '@virtstack/protocol';
import type { ServerTls } from '../server-tls.ts';

export type Download = { readonly url: string; readonly sha512: string; readonly tls: ServerTls };

const IDLE_MS = 30_000;

/**
 * Streams a file of the server to `path`, which must not exist, and checks it. The caller removes what a failure leaves.
 * @throws {PeerError} `unavailable`, `not-found`, `checksum`, `disk-full`; the signal's reason when aborted.
 */
export const download = async (
  what: Download,
  path: string,
  signal: AbortSignal,
  progress: (p: Progress) => void,
): Promise<void> => {
  const response = await request(what, signal);
  const total = Number(response.headers['content-length']) || undefined;
  if (total !== undefined) await checkRoom(path, total);
  const hash = createHash('sha512');
  const file = await open(path, 'wx', 0o644);
  let done = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      hash.update(chunk);
      await file.writeFile(chunk);
      done += chunk.length;
      progress({ done, ...(total !== undefined && { total }) });
    }
  } finally {
    response.destroy();
    await file.close();
  }
  const found = hash.digest('hex');
  if (found !== what.sha512.toLowerCase())
    throw new PeerError(
      'checksum',
      `What came (${done} bytes) is not the image: its SHA-512 is ${found.slice(0, 16)}…, not ${what.sha512.slice(0, 16)}….`,
    );
};

const request = ({ url, tls }: Download, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    if (!url.startsWith('https://')) throw new PeerError('invalid', 'An image is fetched from the server over https alone.');
    const asked = get(url, { ...tls, signal, agent: false }, (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.destroy();
      const kind = response.statusCode === 404 ? 'not-found' : 'unavailable';
      reject(new PeerError(kind, `The server answered ${response.statusCode} when it was asked for the image.`));
    });
    const silence = new PeerError('unavailable', `The server sent nothing of the image for ${IDLE_MS / 1000} s.`);
    asked.setTimeout(IDLE_MS, () => asked.destroy(silence));
    asked.on('error', (error) => {
      if (signal.aborted) return reject(signal.reason);
      reject(error instanceof PeerError ? error : new PeerError('unavailable', `The image cannot be fetched: ${error.message}`));
    });
  });

const checkRoom = async (path: string, needed: number): Promise<void> => {
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize < needed)
    throw new PeerError('disk-full', `The image needs ${mib(needed)} MiB, ${dirname(path)} has ${mib(bavail * bsize)} MiB free.`);
};

const mib = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
