import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';

/** Encrypts what is secret before it reaches the database (AES-256-GCM, the key is a file outside it). `purpose` is bound to the ciphertext. */
export type Secrets = {
  seal(plain: string, purpose: string): Buffer;
  /** @throws {Error} it was sealed with another key or for another purpose. */
  open(sealed: Buffer, purpose: string): string;
  /** Always the same for the same text, and of no use to whoever has not the key: tells again what is not to be kept. */
  mark(plain: string, purpose: string): string;
};

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** The first byte of everything sealed: a later way to seal gets another number. */
const version = 1;

/** Reads the key, made at the first start (mode 0600). Servers that share a database share this file. @throws {Error} it is not a key. */
export async function openSecrets(path: string): Promise<Secrets> {
  const key = await makeKey(path).catch(() => readFile(path));
  if (key.length !== keyBytes)
    throw new Error(`${path} is not a key: ${key.length} bytes instead of ${keyBytes}. Restore it from the backup.`);
  return secretsWith(key);
}

/** Written beside and linked, so that a start that was cut off leaves no half a key. */
async function makeKey(path: string): Promise<Buffer> {
  const key = randomBytes(keyBytes);
  const fresh = `${path}.${key.toString('hex', 0, 4)}`;
  try {
    await writeFile(fresh, key, { mode: 0o600, flag: 'wx', flush: true });
    await link(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
  return key;
}

export const secretsWith = (key: Buffer): Secrets => ({
  seal(plain, purpose) {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), body]);
  },
  open(sealed, purpose) {
    if (sealed[0] !== version) throw new Error(`A secret (${purpose}) is sealed in a way that this release does not know.`);
    const nonce = sealed.subarray(1, 1 + nonceBytes);
    const tag = sealed.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose)).setAuthTag(tag);
    try {
      return decipher.update(sealed.subarray(1 + nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      throw new Error(`A secret (${purpose}) cannot be read: the key file is not the one that it was sealed with.`, { cause });
    }
  },
  mark: (plain, purpose) => createHmac('sha256', key).update(`${purpose}\0${plain}`).digest('base64url'),
});
