import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { limited } from './limited.ts';

const derive = promisify(argon2) as (algorithm: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>;
const parameters = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };
/** Two at a time: the other threads of the pool stay free for files and names. */
const slot = limited(2, 200);

const compute = (
  password: string,
  nonce: Buffer,
  { memory, passes, parallelism, tagLength }: typeof parameters,
): Promise<Buffer> =>
  slot(() => derive('argon2id', { message: Buffer.from(password), nonce, memory, passes, parallelism, tagLength }));

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** Argon2id (19 MiB, two passes) in the usual text form, computed off the event loop. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await compute(password, nonce, parameters);
  return `$argon2id$v=19$m=${parameters.memory},t=${parameters.passes},p=${parameters.parallelism}$${base64(nonce)}$${base64(tag)}`;
}

const form = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Takes as long for an account that does not exist (`hash` undefined) as for one that does. */
export async function verifyPassword(hash: string | undefined, password: string): Promise<boolean> {
  const found = form.exec(hash ?? '');
  const nonce = found ? Buffer.from(found[4]!, 'base64') : Buffer.alloc(16);
  const expected = found ? Buffer.from(found[5]!, 'base64') : Buffer.alloc(parameters.tagLength);
  const cost = found ? { memory: Number(found[1]), passes: Number(found[2]), parallelism: Number(found[3]) } : parameters;
  const tag = await compute(password, nonce, { ...cost, tagLength: expected.length });
  return timingSafeEqual(tag, expected) && found !== null;
}
