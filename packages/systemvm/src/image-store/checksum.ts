import { createHash, type Hash } from 'node:crypto';
import { refuse } from './refuse.ts';

/** Names as CloudStack's clients write them, and the length that a bare hex text has. */
const algorithms = [
  { name: 'MD5', node: 'md5', digits: 32 },
  { name: 'SHA-1', node: 'sha1', digits: 40 },
  { name: 'SHA-224', node: 'sha224', digits: 56 },
  { name: 'SHA-256', node: 'sha256', digits: 64 },
  { name: 'SHA-384', node: 'sha384', digits: 96 },
  { name: 'SHA-512', node: 'sha512', digits: 128 },
] as const;

/** The running hash of a download, and what it must come to. */
export type Checksum = { readonly hash: Hash; verify(): void };

/** Reads `{SHA-256}hex` or bare hex. @throws {PeerError} `checksum`: unknown algorithm, wrong length; from `verify`: another file. */
export const parseChecksum = (text: string): Checksum => {
  const [, named, hex = ''] = /^\{([^}]*)\}(.*)$/.exec(text.trim()) ?? [undefined, undefined, text.trim()];
  const same = (name: string): string => name.replace('-', '').toUpperCase();
  const algorithm = named
    ? algorithms.find(({ name }) => same(name) === same(named))
    : algorithms.find(({ digits }) => digits === hex.length);
  if (!algorithm)
    return refuse(
      'checksum',
      `The checksum "${text.slice(0, 140)}" names no algorithm that is known here. Use one of ${algorithms.map(({ name }) => `{${name}}`).join(', ')} before the hex digits.`,
    );
  if (!/^[0-9a-f]*$/i.test(hex) || hex.length !== algorithm.digits)
    return refuse(
      'checksum',
      `A ${algorithm.name} checksum has ${algorithm.digits} hex digits; "${hex.slice(0, 140)}" has ${hex.length}.`,
    );
  const hash = createHash(algorithm.node);
  const verify = (): void => {
    const actual = hash.digest('hex');
    if (actual !== hex.toLowerCase())
      refuse(
        'checksum',
        `The file's ${algorithm.name} is ${actual}, not ${hex.toLowerCase()} as asked for: it is another file, or it was damaged on its way. Check the published checksum.`,
      );
  };
  return { hash, verify };
};
