import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { CloudError } from '../error.ts';

/** An SSH public key as it is kept: one line of type and data, without its comment's secrets. */
export type PublicKey = { readonly line: string; readonly fingerprint: string };

const types = ['ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'];
const securityKeys = ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'];

/** Reads one line of an authorized_keys file. @throws {CloudError} `parameter`: what it is instead. */
export function publicKey(text: string): PublicKey {
  const line = text.trim();
  if (line.includes('PRIVATE KEY'))
    throw new CloudError('parameter', 'This is a private key. Keep it, and register its public half (the .pub file).');
  const found = /^(\S+) ([A-Za-z0-9+/]+=*)(?: ([^\r\n]*))?$/.exec(line);
  if (!found || ![...types, ...securityKeys].includes(found[1]!))
    throw new CloudError(
      'parameter',
      `This is not an SSH public key: it is one line that begins with one of ${types.join(', ')}.`,
    );
  const data = Buffer.from(found[2]!, 'base64');
  const length = data.length >= 4 ? data.readUInt32BE(0) : 0;
  if (data.subarray(4, 4 + length).toString('latin1') !== found[1] || data.length <= 4 + length)
    throw new CloudError('parameter', `The SSH public key is damaged: its data is not that of a key of type ${found[1]}.`);
  return { line, fingerprint: fingerprintOf(data) };
}

/** CloudStack's form: MD5, colons. */
const fingerprintOf = (data: Buffer): string => createHash('md5').update(data).digest('hex').match(/../g)!.join(':');

/** A fresh Ed25519 pair; the private half in OpenSSH's own form. */
export function freshKeyPair(comment: string): PublicKey & { readonly privateKey: string } {
  const { publicKey: made, privateKey } = generateKeyPairSync('ed25519');
  const [point, seed] = [
    Buffer.from(made.export({ format: 'jwk' }).x!, 'base64url'),
    Buffer.from(privateKey.export({ format: 'jwk' }).d!, 'base64url'),
  ];
  const data = Buffer.concat([chunk('ssh-ed25519'), chunk(point)]);
  const line = `ssh-ed25519 ${data.toString('base64')} ${comment}`;
  return { line, fingerprint: fingerprintOf(data), privateKey: openSshForm(data, point, seed, comment) };
}

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const chunk = (content: string | Buffer): Buffer => {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([number(bytes.length), bytes]);
};

/** OpenSSH's PROTOCOL.key, without a passphrase. */
function openSshForm(publicData: Buffer, point: Buffer, seed: Buffer, comment: string): string {
  const check = randomBytes(4);
  const secret = [check, check, chunk('ssh-ed25519'), chunk(point), chunk(Buffer.concat([seed, point])), chunk(comment)];
  const length = secret.reduce((sum, part) => sum + part.length, 0);
  const padding = Buffer.from(Array.from({ length: (8 - (length % 8)) % 8 }, (_, index) => index + 1));
  const whole = [Buffer.from('openssh-key-v1\0'), chunk('none'), chunk('none'), chunk(''), number(1), chunk(publicData)];
  const text = Buffer.concat([...whole, chunk(Buffer.concat([...secret, padding]))]).toString('base64');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${text.match(/.{1,70}/g)!.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}
