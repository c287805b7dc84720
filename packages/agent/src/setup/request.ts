import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

/** A private key (P-256, PKCS#8, PEM). */
export const newKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;

/** A request for a certificate (PKCS#10, RFC 2986, in PEM) with this common name, signed by the key that it is for. */
export const certificateRequest = (commonName: string, key: string): string => {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const information = sequence(integer0, subject(commonName), publicKey, noAttributes);
  const signature = sign('sha256', information, key);
  const request = sequence(information, sequence(oid('2a8648ce3d040302')), bitString(signature));
  const lines = request.toString('base64').match(/.{1,64}/g)!;
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join('\n');
};

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const bitString = (content: Buffer): Buffer => der(0x03, Buffer.from([0]), content);
const integer0 = der(0x02, Buffer.from([0]));
const noAttributes = der(0xa0);
/** One attribute, 2.5.4.3 (commonName), as UTF8String. */
const subject = (commonName: string): Buffer => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))));
