import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Certificate = { readonly certificate: string; readonly key: string };
export type Authority = { readonly ca: string; issue(name: string, addresses?: readonly string[]): Certificate };

/** A certificate authority in a directory, by openssl; certificates are good for 127.0.0.1 and what else is named. */
export const authority = (directory: string): Authority => {
  const path = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    path('ca.key'),
    '-out',
    path('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  );
  return {
    ca: path('ca.pem'),
    issue: (name, addresses = []) => {
      const [certificate, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((kind) => path(`${name}.${kind}`)) as [
        string,
        string,
        string,
        string,
      ];
      writeFileSync(extensions, `subjectAltName=${['127.0.0.1', ...addresses].map((each) => `IP:${each}`).join(',')}\n`);
      openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
      openssl(
        'x509',
        '-req',
        '-in',
        request,
        '-CA',
        path('ca.pem'),
        '-CAkey',
        path('ca.key'),
        '-CAcreateserial',
        '-days',
        '2',
        '-extfile',
        extensions,
        '-out',
        certificate,
      );
      return { certificate, key };
    },
  };
};

export const pem = ({ certificate, key }: Certificate): { cert: Buffer; key: Buffer } => ({
  cert: readFileSync(certificate),
  key: readFileSync(key),
});
