import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const day = 86_400_000;
/** As openssl reads it. */
const time = (daysFromNow: number): string =>
  `${new Date(Date.now() + daysFromNow * day)
    .toISOString()
    .replace(/[-:T]|\.\d+/g, '')
    .replace('Z', '')}Z`;

/** Signs a request with the key of an authority's directory: good from and until so many days from now. */
export const signedFor = (directory: string, csr: string, subject: string, [from, until]: readonly [number, number]): string => {
  const path = (name: string): string => join(directory, name);
  writeFileSync(path('any.csr'), csr);
  writeFileSync(path('any.cnf'), configuration(directory));
  if (!existsSync(path('index.txt'))) writeFileSync(path('index.txt'), '');
  const which = ['-config', path('any.cnf'), '-cert', path('ca.pem'), '-keyfile', path('ca.key'), '-notext'];
  const what = ['-in', path('any.csr'), '-out', path('any.pem'), '-subj', subject];
  const times = ['-startdate', time(from), '-enddate', time(until)];
  execFileSync('openssl', ['ca', '-batch', ...which, ...what, ...times], { stdio: 'pipe' });
  return readFileSync(path('any.pem'), 'utf8');
};

const configuration = (directory: string): string => `[ca]
default_ca = it
[it]
database = ${directory}/index.txt
new_certs_dir = ${directory}
default_md = sha256
unique_subject = no
rand_serial = yes
policy = any
x509_extensions = host
[any]
organizationName = optional
commonName = supplied
[host]
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = IP:127.0.0.1
`;
