import { X509Certificate } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Authority } from '../accounts/authority.ts';

/** A certificate and its key, PEM. */
export type CertificateAndKey = { readonly certificate: string; readonly key: string };

const days = 825;
const renewBeforeMs = 60 * 86_400_000;

/** The certificate of this server's ports, kept from one start to the next while it is good and says every name that it must. */
export async function ownCertificate(
  authority: Authority,
  dataDir: string,
  hosts: readonly string[],
): Promise<CertificateAndKey> {
  const file = join(dataDir, 'server.pem');
  const wanted = namesOf(hosts);
  const kept = await readKept(file);
  if (kept && isGood(kept.certificate, authority, [...wanted.names, ...wanted.addresses])) return kept;
  const issued = await authority.issue({ commonName: wanted.names[0] ?? 'localhost', ...wanted, days });
  await writeFile(`${file}.new`, `${issued.certificate}\n${issued.key}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return issued;
}

const lookMs = 3_600_000;

export type Kept = {
  /** Now, and not only when its time has come. */
  look(): Promise<void>;
  stop(): void;
};

/** While a server runs, its certificate nears its end and its machine's addresses change: `use` is given what `load` answers anew. */
export function keepRenewed(
  first: CertificateAndKey,
  load: () => Promise<CertificateAndKey>,
  use: (renewed: CertificateAndKey) => void,
  log: Logger,
): Kept {
  let now = first;
  const look = async (): Promise<void> => {
    const next = await load();
    if (next.certificate === now.certificate) return;
    use(next);
    now = next;
    log.info({ until: new X509Certificate(next.certificate).validTo }, 'this server has a new certificate');
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.warn({ err: error }, 'could not look after the certificate of this server'));
  }, lookMs);
  return { look, stop: () => clearInterval(timer) };
}

async function readKept(file: string): Promise<CertificateAndKey | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const found = /^(-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----).*?(-----BEGIN PRIVATE KEY-----.*)$/s.exec(text);
  return found ? { certificate: found[1]!, key: found[2]! } : undefined;
}

function isGood(pem: string, authority: Authority, wanted: readonly string[]): boolean {
  const certificate = new X509Certificate(pem);
  const said = wanted.every((name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined);
  const lasts = Date.parse(certificate.validTo) - Date.now() > renewBeforeMs;
  return said && lasts && certificate.verify(new X509Certificate(authority.certificate).publicKey);
}

/** What this machine may be called by: its own names and addresses, and those that it was told. */
function namesOf(hosts: readonly string[]): { names: string[]; addresses: string[] } {
  const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address.replace(/%.*$/, '')));
  const all = [
    ...hosts,
    hostname().toLowerCase(),
    'localhost',
    '127.0.0.1',
    '::1',
    ...own.filter((one) => !one.startsWith('fe80')),
  ];
  const unique = [...new Set(all.filter((one) => one !== '0.0.0.0' && one !== '::'))];
  return { names: unique.filter((one) => isIP(one) === 0), addresses: unique.filter((one) => isIP(one) !== 0) };
}

/** The address under which others reach a port: what was told, else the one listened on, else the first of this machine. */
export function reachable(listened: string, advertised: string | undefined): string {
  const wildcard = listened === '0.0.0.0' || listened === '::';
  const outside = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  const host = advertised ?? (wildcard ? (outside?.address ?? '127.0.0.1') : listened);
  return isIP(host) === 6 ? `[${host}]` : host;
}
