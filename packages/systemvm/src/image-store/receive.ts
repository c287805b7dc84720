import type { Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PeerError } from '@virtstack/protocol';
import { bytes, refuse } from './refuse.ts';

export type ReceiveOptions = {
  /** Must not exist. */
  readonly path: string;
  readonly maxBytes: number;
  readonly hash: Hash | undefined;
  readonly onBytes: (done: number, total: number | undefined) => void;
  readonly signal: AbortSignal;
};

/**
 * Writes an answer's body to a file.
 * @throws {PeerError} `too-big`; `html`: a web page; `truncated`: the connection ended early; `idle`: nothing came for too long; `no-space`.
 */
export const receive = async (response: IncomingMessage, from: string, options: ReceiveOptions): Promise<void> => {
  const { maxBytes, hash, onBytes, signal } = options;
  const announced = Number(response.headers['content-length'] ?? Number.NaN);
  const total = Number.isFinite(announced) ? announced : undefined;
  try {
    if (/^text\/html\b/i.test(response.headers['content-type'] ?? ''))
      refuse('html', `${from} answered with a web page, not with an image. Use the link of the file itself.`);
    if (total !== undefined && total > maxBytes) tooBig('The image', total, maxBytes);
    let done = 0;
    const meter = limited(maxBytes, 'The download', (chunk) => {
      hash?.update(chunk);
      done += chunk.length;
      onBytes(done, total);
    });
    await pipeline(response, meter, createWriteStream(options.path, { flags: 'wx', mode: 0o640, flush: true }), { signal }).catch(
      (error: unknown) => {
        if (signal.aborted) throw signal.reason;
        throw brokenOff(error, from, done, total);
      },
    );
    if (done === 0) refuse('empty', `${from} is empty: 0 bytes. Check the URL.`);
  } finally {
    response.destroy();
  }
};

const brokenOff = (error: unknown, from: string, done: number, total: number | undefined): unknown => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof PeerError) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return noSpace(done);
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE')
    return new PeerError(
      'truncated',
      `The connection to ${from} ended after ${bytes(done)}${total === undefined ? '' : ` of ${bytes(total)}`}. Try again.`,
    );
  return new PeerError('connect', `${from} broke off after ${bytes(done)}: ${message}. Try again.`);
};

export const noSpace = (done: number): PeerError =>
  new PeerError('no-space', `The image store is full: no room after ${bytes(done)}. Free space in it, or add another store.`);

const tooBig = (what: string, size: number | undefined, max: number): never =>
  refuse(
    'too-big',
    `${what} is ${size === undefined ? 'larger than' : `${bytes(size)} large; at most`} ${bytes(max)}${size === undefined ? ', the most that' : ''} is taken. Use a smaller image, or let the administrator raise the setting max.template.iso.size.`,
  );

/** Passes on at most so many bytes. */
export const limited = (max: number, what: string, see: (chunk: Buffer) => void): Transform => {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.length;
      try {
        if (total > max) tooBig(what, undefined, max);
        see(chunk);
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
  });
};
