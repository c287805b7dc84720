import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { VIR_ERR_INVALID_ARG, VIR_ERR_NO_SUPPORT } from './constants/errors.ts';
import { LibvirtError } from './error.ts';

/** Where a daemon listens, and what to ask it for. */
export type Address = {
  /** Path of a unix socket. */
  readonly socket: string;
  /** The URI as the daemon takes it: without transport, host and the parameters that are the client's. */
  readonly name: string;
};

export type AddressOptions = {
  /** libvirt's connection URI: `SCHEME:///system`, `test:///default`. */
  readonly uri: string;
  /** Path of the daemon's unix socket; default: found from the URI as libvirt does. */
  readonly socket?: string | undefined;
  readonly readOnly?: boolean | undefined;
};

/** The daemon of its own that a driver has where libvirt is modular, by URI scheme. A scheme not listed has none but libvirtd. */
const modularDaemons: Readonly<Record<string, string>> = {
  qemu: 'virtqemud',
  xen: 'virtxend',
  lxc: 'virtlxcd',
  ch: 'virtchd',
  vz: 'virtvzd',
  bhyve: 'virtbhyved',
  network: 'virtnetworkd',
  storage: 'virtstoraged',
  secret: 'virtsecretd',
  nodedev: 'virtnodedevd',
  nwfilter: 'virtnwfilterd',
  interface: 'virtinterfaced',
};

/** Parameters of a URI that the client consumes. */
const clientParameters = [
  'socket',
  'mode',
  'keyfile',
  'command',
  'no_verify',
  'no_tty',
  'sshauth',
  'netcat',
  'proxy',
  'pkipath',
  'name',
];

const refuse = (message: string, code: number): never => {
  throw new LibvirtError('protocol', message, { code });
};

const parse = (uri: string): URL => (URL.canParse(uri) ? new URL(uri) : refuse(`${uri} is not a URI`, VIR_ERR_INVALID_ARG));

const runtimeDirectory = (url: URL): string => {
  const user = url.pathname === '/session' && process.getuid?.() !== 0;
  return user ? join(process.env.XDG_RUNTIME_DIR ?? `/run/user/${process.getuid?.()}`, 'libvirt') : '/run/libvirt';
};

/** The driver's own daemon where it has a socket, else libvirtd's (or virtproxyd's, which bears the same name). */
const findSocket = (scheme: string, directory: string, readOnly: boolean): string => {
  const suffix = readOnly ? '-ro' : '';
  const daemon = modularDaemons[scheme];
  const direct = daemon && join(directory, `${daemon}-sock${suffix}`);
  return direct && existsSync(direct) ? direct : join(directory, `libvirt-sock${suffix}`);
};

/** Finds the daemon for a URI. Throws LibvirtError for a URI or a transport that is not understood. */
export const resolveAddress = ({ uri, socket, readOnly = false }: AddressOptions): Address => {
  const url = parse(uri);
  const [scheme = '', transport = 'unix'] = url.protocol.slice(0, -1).split('+');
  if (transport !== 'unix' || url.host !== '') {
    refuse(`${uri}: only unix sockets of this machine can be reached so far`, VIR_ERR_NO_SUPPORT);
  }
  const given = socket ?? url.searchParams.get('socket');
  for (const parameter of clientParameters) url.searchParams.delete(parameter);
  const name = `${scheme}://${url.pathname}${url.search}`;
  return { name, socket: given ?? findSocket(scheme, runtimeDirectory(url), readOnly) };
};
