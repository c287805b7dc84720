import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { gathered } from '../db/gathered.ts';
import { CloudError } from '../error.ts';
import type { Secrets } from './secrets.ts';

/** Whom a certificate names and for how long. `names` and `addresses` become subject alternative names. */
export type CertificateSubject = {
  readonly commonName: string;
  /** Tells hosts of this cloud from its other parts. */
  readonly organization?: string;
  readonly names: readonly string[];
  readonly addresses: readonly string[];
  readonly days: number;
  /** From when it is good; absent: from now. */
  readonly from?: Date;
};

/** The cloud's own certificate authority. */
export type Authority = {
  /** PEM; what a client needs to trust this cloud. */
  readonly certificate: string;
  /** Signs a request (PEM, PKCS#10) after checking its own signature; answers PEM. @throws {CloudError} `parameter`: it is not a request. */
  sign(request: string, subject: CertificateSubject): Promise<string>;
  /** A fresh key and certificate (PEM) for this server's own ports. */
  issue(subject: CertificateSubject): Promise<{ certificate: string; key: string }>;
  /** `serial`: hexadecimal, as Node's TLS says it. */
  isRevoked(serial: string): Promise<boolean>;
};

x509.cryptoProvider.set(webcrypto as unknown as Crypto);
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
const authorityDays = 3650;
const purpose = 'authority';

type Keys = { readonly publicKey: webcrypto.CryptoKey; readonly privateKey: webcrypto.CryptoKey };
type Signer = { readonly certificate: x509.X509Certificate; readonly key: webcrypto.CryptoKey };

/** Opens the installation's authority; the first server of it makes the key, which lies sealed in the database. */
export async function openAuthority(db: Database, secrets: Secrets): Promise<Authority> {
  const signer = (await stored(db, secrets)) ?? (await found(db, secrets));
  const certify = (publicKey: x509.PublicKeyType, subject: CertificateSubject): Promise<string> =>
    certificateFor(db, signer, publicKey, subject);
  return {
    certificate: signer.certificate.toString('pem'),
    sign: async (request, subject) => certify((await checkedRequest(request)).publicKey, subject),
    issue: async (subject) => {
      const keys = await freshKeys();
      return {
        certificate: await certify(keys.publicKey as unknown as CryptoKey, subject),
        key: await keyToPem(keys.privateKey),
      };
    },
    isRevoked: (serial) => isRevoked(db, plainSerial(serial)),
  };
}

/** When hosts come back in a crowd, it is asked of each of them. */
const isRevoked = gathered(async (db, serials: readonly string[]) => {
  const rows = await db
    .selectFrom('certificate')
    .select('serial')
    .where('serial', '=', sql<string>`any(${serials}::text[])`)
    .where('revoked', 'is not', null)
    .execute();
  const revoked = new Set(rows.map(({ serial }) => serial));
  return serials.map((serial) => revoked.has(serial));
});

async function stored(db: Database, secrets: Secrets): Promise<Signer | undefined> {
  const row = await db.selectFrom('authority').selectAll().where('name', '=', 'root').executeTakeFirst();
  if (!row) return undefined;
  const der = Buffer.from(secrets.open(row.key, purpose), 'base64');
  const key = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
  return { certificate: new x509.X509Certificate(row.certificate), key };
}

/** Makes the authority; where another server was faster, its one counts. */
async function found(db: Database, secrets: Secrets): Promise<Signer> {
  const keys = await freshKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: freshSerial(),
    name: 'CN=virtstack root',
    ...validity(authorityDays),
    signingAlgorithm: algorithm,
    keys: keys as unknown as CryptoKeyPair,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as unknown as CryptoKey),
    ],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const row = { name: 'root', certificate: certificate.toString('pem'), key: secrets.seal(der, purpose) };
  await db
    .insertInto('authority')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await stored(db, secrets))!;
}

const freshKeys = (): Promise<Keys> => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<Keys>;

async function keyToPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

/** 15 random bytes behind one that keeps the number positive and without leading zeros, in which programs differ. */
const freshSerial = (): string => `4${randomBytes(16).toString('hex').slice(1)}`;
/** A serial number as the table has it, however it is written. */
export const plainSerial = (serial: string): string => serial.replaceAll(':', '').toLowerCase().replace(/^0+/, '');

const validity = (days: number, from = Date.now()): { notBefore: Date; notAfter: Date } =>
  // Clocks of hosts differ.
  ({ notBefore: new Date(from - 3_600_000), notAfter: new Date(from + days * dayMs) });

/** The common name that a request asks for. @throws {CloudError} `parameter`: it is not a request. */
export async function requestedName(pem: string): Promise<string | undefined> {
  return (await checkedRequest(pem)).subjectName.getField('CN')[0];
}

async function checkedRequest(pem: string): Promise<x509.Pkcs10CertificateRequest> {
  let request: x509.Pkcs10CertificateRequest;
  try {
    request = new x509.Pkcs10CertificateRequest(pem);
    if (await request.verify()) return request;
  } catch (cause) {
    throw new CloudError('parameter', 'The certificate request cannot be read: it must be PKCS#10 in PEM form.', { cause });
  }
  throw new CloudError('parameter', 'The certificate request is not signed by its own key.');
}

async function certificateFor(
  db: Database,
  signer: Signer,
  publicKey: x509.PublicKeyType,
  subject: CertificateSubject,
): Promise<string> {
  const { notBefore, notAfter: wished } = validity(subject.days, subject.from?.getTime());
  const notAfter = new Date(Math.min(+wished, +signer.certificate.notAfter));
  const serialNumber = freshSerial();
  const names = [
    ...subject.names.map((value) => ({ type: 'dns' as const, value })),
    ...subject.addresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber,
    subject: [...(subject.organization ? [{ O: [subject.organization] }] : []), { CN: [subject.commonName] }],
    issuer: signer.certificate.subject,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    publicKey,
    signingKey: signer.key as unknown as CryptoKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(signer.certificate),
    ],
  });
  const row = { serial: plainSerial(serialNumber), subject: subject.commonName, not_after: notAfter };
  await db.insertInto('certificate').values(row).execute();
  return certificate.toString('pem');
}
