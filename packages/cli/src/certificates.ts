import { X509Certificate } from 'node:crypto';
import { chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { SystemUser } from './accounts.ts';
import type { ApiClient } from './api-client.ts';

export type CertificateFiles = { readonly ca: string; readonly certificate: string; readonly key: string };

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const renewBefore = 30 * 24 * 3_600_000;

/** A client certificate of the cloud's authority for one of its parts, kept in `directory`; the private key never leaves it. */
export async function certificateFor(
  api: ApiClient,
  commonName: string,
  directory: string,
  owner?: SystemUser,
): Promise<CertificateFiles> {
  const files = { ca: `${directory}/ca.pem`, certificate: `${directory}/certificate.pem`, key: `${directory}/key.pem` };
  if (stillGood(files, api.authority)) return files;
  // Only here: most starts do without.
  await import('reflect-metadata');
  const { PemConverter, Pkcs10CertificateRequestGenerator } = await import('@peculiar/x509');
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({ name: `CN=${commonName}`, keys, signingAlgorithm: algorithm });
  const issued = await api.job('issueCertificate', { csr: request.toString('pem') });
  const key = PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  for (const [file, text] of [
    [files.key, key],
    [files.certificate, issued.certificate!],
    [files.ca, api.authority],
  ] as const) {
    writeFileSync(file, text, { mode: 0o600 });
    if (owner) chownSync(file, owner.uid, owner.gid);
  }
  return files;
}

function stillGood(files: CertificateFiles, authority: string): boolean {
  if (!Object.values(files).every((file) => existsSync(file))) return false;
  const certificate = new X509Certificate(readFileSync(files.certificate));
  return (
    certificate.verify(new X509Certificate(authority).publicKey) && Date.parse(certificate.validTo) - Date.now() > renewBefore
  );
}
