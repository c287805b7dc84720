import type { AnyAuthMethod, AuthenticationType, Client, NextAuthHandler, ServerHostKeyAlgorithm } from 'ssh2';
import { keyType } from './host-keys.ts';
import { connectionLost, logInProblem, type Seen, type SshTarget } from './problems.ts';

/** A user's connection to a host. */
export type Connection = {
  readonly client: Client;
  readonly target: SshTarget;
  readonly hostKey: Buffer;
  /** Aborted, with why, when the connection is no more. */
  readonly lost: AbortSignal;
  close(): void;
};

export type ConnectOptions = {
  /** The server's own key, tried before the password. */
  readonly privateKey: string;
  /** The key that the host must show; absent: any. */
  readonly known?: Buffer | undefined;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

const usualMs = 60_000;
const beatMs = 10_000;

/** Logs in. @throws {CloudError} why not, and what to do; the signal's reason. */
export async function connect(target: SshTarget, options: ConnectOptions): Promise<Connection> {
  const { known, signal, timeoutMs = usualMs } = options;
  signal?.throwIfAborted();
  // Only where a host is added: most servers' lives go without.
  const { default: ssh2 } = await import('ssh2');
  const client = new ssh2.Client();
  const seen: Seen = { connected: false, offered: [], patienceMs: timeoutMs };
  const lost = new AbortController();
  const failed = new Promise<never>((_, reject) => {
    client.once('error', reject);
    client.once('close', () => reject(new Error('the host closed the connection')));
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  client.once('connect', () => (seen.connected = true));
  // An error that nobody hears ends the process; the first one says why the connection is lost.
  client.on('error', (cause: Error) => lost.abort(connectionLost(target, cause)));
  client.on('close', () => lost.abort(connectionLost(target, undefined)));
  const ready = new Promise<void>((resolve) => client.once('ready', resolve));
  client.connect({
    host: target.address,
    port: target.port,
    username: target.username,
    readyTimeout: timeoutMs,
    keepaliveInterval: beatMs,
    authHandler: ways(target, options.privateKey, seen),
    algorithms: { serverHostKey: keyOrder(known) },
    hostVerifier: (key: Buffer) => {
      seen.hostKey = key;
      return known === undefined || known.equals(key);
    },
  });
  try {
    await Promise.race([ready, failed]);
  } catch (cause) {
    client.destroy();
    signal?.throwIfAborted();
    throw logInProblem(target, seen, known, cause as Error);
  }
  failed.catch(() => {});
  const close = (): void => void client.end();
  signal?.addEventListener('abort', () => client.destroy(), { once: true });
  return { client, target, hostKey: seen.hostKey!, lost: lost.signal, close };
}

const keyTypes = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** A host that has several keys shows the one that is known: it is asked for first. */
function keyOrder(known: Buffer | undefined): ServerHostKeyAlgorithm[] {
  const type = known && keyType(known).replace('ssh-rsa', 'rsa-sha2');
  const first = keyTypes.filter((one) => type !== undefined && one.startsWith(type));
  return [...new Set([...first, ...keyTypes])] as ServerHostKeyAlgorithm[];
}

/** The server's key first, then the password, in whichever way the host asks for it. */
function ways({ username, password }: SshTarget, key: string, seen: Seen) {
  const left: AnyAuthMethod[] = [{ type: 'publickey', username, key }];
  if (password !== undefined)
    left.push(
      { type: 'password', username, password },
      {
        type: 'keyboard-interactive',
        username,
        prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(({ echo }) => (echo ? '' : password))),
      },
    );
  return (offered: AuthenticationType[] | null, _partial: boolean | null, next: NextAuthHandler): void => {
    if (offered) seen.offered = offered;
    while (offered && left[0] && !offered.includes(left[0].type)) left.shift();
    const way = left.shift();
    // The types do not know that `false` means that there is none left.
    next((way ?? false) as AnyAuthMethod);
  };
}
