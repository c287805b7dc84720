import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { createGunzip } from 'node:zlib';
import type { OfferedProgram } from '@virtstack/protocol';
import type { ServerTls } from '../server-tls.ts';

const IDLE_MS = 30_000;
const MOST_BYTES = 64 * 2 ** 20;

/** Fetches the offered program to `path`: exactly as many bytes as were told, and those. @throws {Error} */
export const fetchProgram = async (
  server: string,
  { sha512, bytes }: OfferedProgram,
  tls: ServerTls,
  path: string,
  signal: AbortSignal,
): Promise<void> => {
  if (bytes > MOST_BYTES) throw new Error(`The server offers ${bytes} bytes; an agent has ${MOST_BYTES} at most.`);
  const packed = await ask(new URL('/programs/agent', server.replace(/^wss:/, 'https:')), tls, signal);
  const file = await open(path, 'w', 0o644);
  const hash = createHash('sha512');
  let done = 0;
  try {
    const unpack = packed.pipe(createGunzip());
    packed.once('error', (error: Error) => unpack.destroy(error));
    for await (const chunk of unpack as AsyncIterable<Buffer>) {
      done += chunk.length;
      if (done > bytes) throw new Error(`More came than the ${bytes} bytes that were offered.`);
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    packed.destroy();
    await file.close();
  }
  if (done !== bytes || hash.digest('hex') !== sha512)
    throw new Error(`What came (${done} bytes) is not the program that was offered.`);
};

const ask = (url: URL, tls: ServerTls, signal: AbortSignal) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const asked = get(url, { ...tls, signal, agent: false }, (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.destroy();
      reject(new Error(`The server answered ${response.statusCode} when it was asked for the program.`));
    });
    asked.setTimeout(IDLE_MS, () => asked.destroy(new Error(`The server sent nothing of the program for ${IDLE_MS / 1000} s.`)));
    asked.on('error', reject);
  });
