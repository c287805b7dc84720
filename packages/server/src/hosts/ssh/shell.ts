import { CloudError } from '../../error.ts';
import { type Connection, type ConnectOptions, connect } from './connect.ts';
import type { SshTarget } from './problems.ts';
import { type Ran, type RunOptions, run } from './run.ts';

export type ScriptOptions = RunOptions & { readonly args?: readonly string[] };

/** A host on which scripts are run as root. */
export type Shell = {
  readonly address: string;
  readonly hostKey: Buffer;
  /** Aborted when the connection is no more. */
  readonly lost: AbortSignal;
  /** Runs a script, to which `args` are "$1", "$2" …. @throws {CloudError} `unavailable`: the connection broke, or the script did not end in time */
  run(script: string, options?: ScriptOptions): Promise<Ran>;
  close(): void;
};

/** Logs in and becomes root. @throws {CloudError} why not, and what to do */
export async function openShell(target: SshTarget, options: ConnectOptions): Promise<Shell> {
  const connection = await connect(target, options);
  try {
    const asRoot = await becomeRoot(connection);
    const { hostKey, lost, close } = connection;
    return { address: target.address, hostKey, lost, close, run: (script, how = {}) => asRoot(script, how) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** One word of a shell's command line. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const inShell = (script: string, args: readonly string[] = []): string =>
  ['sh', '-c', quoted(`LC_ALL=C; export LC_ALL; ${script}`), 'sh', ...args.map(quoted)].join(' ');

type AsRoot = (script: string, options: ScriptOptions) => Promise<Ran>;

/** How the user's scripts run as root: as they are, by sudo without a password, or by sudo with the one that he logged in with. */
async function becomeRoot(connection: Connection): Promise<AsRoot> {
  const { username, password } = connection.target;
  const plain: AsRoot = (script, options) => run(connection, inShell(script, options.args), options);
  const who = await plain('id -u', {});
  if (who.stdout.trim() === '0') return plain;
  if (who.code !== 0) throw refused(connection, `cannot run a shell there: ${lastWords(who)}`);
  // -k: what sudo remembers of an earlier log-in must not make it leave the password unread, which the script would then read.
  const silently: AsRoot = (script, options) => run(connection, `sudo -k -n ${inShell(script, options.args)}`, options);
  const without = await silently('true', {});
  if (without.code === 0) return silently;
  if (password === undefined)
    throw refused(connection, `is not root there, and sudo does not make him root without a password: ${lastWords(without)}`);
  // From standard input: an argument could be read by everybody on the host.
  const byPassword: AsRoot = (script, options) =>
    run(connection, `sudo -k -S -p '' ${inShell(script, options.args)}`, { ...options, first: `${password}\n` });
  const by = await byPassword('true', {});
  if (by.code === 0) return byPassword;
  throw refused(connection, `is not root there, and sudo does not make him root: ${lastWords(by)}`, username);
}

const refused = ({ target }: Connection, why: string, username = target.username): CloudError =>
  new CloudError(
    'parameter',
    `User ${username} may log in to ${target.address}, but ${why} Log in as root, or let him use sudo (/etc/sudoers.d: ${username} ALL=(ALL) ALL).`,
  );

/** What a command said last, as the end of a sentence. */
export function lastWords({ stdout, stderr, code }: Ran): string {
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(-3).join(' ').slice(-600).trim();
  const words = said || `it ended with ${code}, and said nothing`;
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
