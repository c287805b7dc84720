import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { UserError } from '@virtstack/shell/user-error.ts';
import { machineAddress } from '../../../lab/network.ts';
import type { Paths } from './paths.ts';

export type HostPort = { readonly host: string; readonly port: number };

/** What `up` takes from the command line. */
export type UpArguments = {
  readonly data?: string;
  readonly listen?: string;
  readonly agents?: string;
  readonly advertise?: string;
  readonly serverAddress?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly database?: string;
  readonly lab?: boolean;
  readonly detach?: boolean;
  readonly install?: boolean;
};

/** What an installation was told; kept, so that `up` alone starts the same again. */
export type Installation = {
  readonly listen: HostPort;
  readonly agents: HostPort;
  readonly advertise?: string;
  readonly serverAddress?: string;
  readonly certificate?: { readonly certificate: string; readonly key: string };
  readonly database?: string;
  /** Its hosts are a lab's; this machine is none of them. */
  readonly lab?: boolean;
};

/** `HOST:PORT`, `[IPV6]:PORT`, or `:PORT` for every address. @throws {UserError} it is none of them. */
export function hostPort(text: string, option: string): HostPort {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port < 1 || port > 65_535)
    throw new UserError(`${option} takes HOST:PORT (for example 127.0.0.1:8443); it was given "${text}".`);
  return { host: bracketed ?? (plain || '0.0.0.0'), port };
}

/** What was said now, over what was said before, over the defaults. */
export function installation(given: UpArguments, paths: Paths): Installation {
  const saved = readInstallation(paths);
  if (Boolean(given.certificate) !== Boolean(given.key))
    throw new UserError('--certificate and --key go together: name both PEM files.');
  const listen = given.listen ? hostPort(given.listen, '--listen') : (saved?.listen ?? { host: '0.0.0.0', port: 8443 });
  const lab = given.lab ?? saved?.lab;
  if (saved && lab !== saved.lab)
    throw new UserError(`${paths.data} is a cloud of this machine; name another directory for one on a lab: --data DIR.`);
  if (lab) checkLab(given);
  const agents = given.agents
    ? hostPort(given.agents, '--agents')
    : { host: lab ? machineAddress : listen.host, port: saved?.agents.port ?? 8250 };
  const advertise = given.advertise ?? saved?.advertise;
  const serverAddress = given.serverAddress ?? saved?.serverAddress;
  const database = given.database ?? saved?.database;
  const certificate = given.certificate
    ? { certificate: readPem(given.certificate), key: readPem(given.key!) }
    : saved?.certificate;
  return {
    listen,
    agents,
    ...(lab && { lab }),
    ...(advertise && { advertise }),
    ...(serverAddress && { serverAddress }),
    ...(database && { database }),
    ...(certificate && { certificate }),
  };
}

function checkLab({ agents, advertise }: UpArguments): void {
  if (agents || advertise)
    throw new UserError('a lab has a network of its own: --lab goes with neither --agents nor --advertise.');
}

export const readInstallation = (paths: Paths): Installation | undefined =>
  existsSync(paths.options) ? (JSON.parse(readFileSync(paths.options, 'utf8')) as Installation) : undefined;

export function saveInstallation(paths: Paths, installation: Installation): void {
  writeFileSync(paths.options, `${JSON.stringify(installation, undefined, 2)}\n`, { mode: 0o600 });
}

function readPem(file: string): string {
  try {
    const pem = readFileSync(file, 'utf8');
    if (pem.includes('-----BEGIN ')) return pem;
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`);
  }
  throw new UserError(`${file} is not a PEM file (it has no -----BEGIN line).`);
}
