import { CloudError, type ErrorKind } from '../../error.ts';
import { fingerprint } from './host-keys.ts';

export type SshTarget = {
  /** A name or an address, without brackets. */
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly password?: string | undefined;
};

/** What had been seen of a host when a log-in failed. */
export type Seen = {
  /** Somebody listens there. */
  connected: boolean;
  /** He showed a key. */
  hostKey?: Buffer;
  /** The ways to log in that he offers. */
  offered: readonly string[];
  /** How long he was waited for. */
  readonly patienceMs: number;
};

type Words = readonly [kind: ErrorKind, words: string];

const place = ({ address, port }: SshTarget): string =>
  port === 22 ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`;

const listen = 'Start its SSH server (systemctl enable --now ssh), or name its port: url=http://ADDRESS:PORT.';
const unreachable = (target: SshTarget, code: string): Words => [
  'unavailable',
  `${place(target)} cannot be reached from the management server (${code}). Check the address, the network and the routes between them.`,
];
const unknownName = ({ address }: SshTarget, code: string): Words => [
  'parameter',
  `The management server does not find the name ${address} (${code}). Give the host's address, or put the name into the DNS or into /etc/hosts of the management server.`,
];
const silent = (target: SshTarget, code: string): Words => [
  'unavailable',
  `${place(target)} does not answer (${code}). Check the address, that the host is on, and that no firewall keeps the management server from its SSH port.`,
];

/** What the system says of a connection that could not be made. */
const byCode: Readonly<Record<string, (target: SshTarget, code: string) => Words>> = {
  ENOTFOUND: unknownName,
  EAI_AGAIN: unknownName,
  EAI_NODATA: unknownName,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EHOSTDOWN: unreachable,
  EADDRNOTAVAIL: unreachable,
  EINVAL: unreachable,
  ETIMEDOUT: silent,
  ECONNREFUSED: (target) => ['unavailable', `${place(target)} refused the connection: nobody listens on that port. ${listen}`],
};

/** Why a log-in failed, and what to do. */
export function logInProblem(target: SshTarget, seen: Seen, known: Buffer | undefined, cause: Error): CloudError {
  const [kind, words] = wordsOf(target, seen, known, cause as Failure);
  return new CloudError(kind, words, { cause });
}

type Failure = Error & { readonly code?: unknown; readonly level?: string };
function wordsOf(target: SshTarget, seen: Seen, known: Buffer | undefined, failure: Failure): Words {
  const { hostKey } = seen;
  if (known && hostKey && !known.equals(hostKey)) return changedKey(target, known, hostKey);
  if (failure.level === 'client-authentication') return notLetIn(target, seen);
  if (failure.level === 'client-timeout')
    return seen.connected
      ? ['unavailable', `${place(target)} took the connection, and then said nothing for ${seen.patienceMs / 1000} s. ${listen}`]
      : silent(target, `nothing for ${seen.patienceMs / 1000} s`);
  const code = typeof failure.code === 'string' ? failure.code : '';
  const known_ = seen.connected ? undefined : byCode[code];
  if (known_) return known_(target, code);
  const said = code && !failure.message.includes(code) ? `${code}: ${failure.message}` : failure.message;
  if (seen.connected && !hostKey)
    return ['unavailable', `What answers at ${place(target)} does not speak SSH as it should (${said}). ${listen}`];
  return cutOff(target, said);
}

const cutOff = (target: SshTarget, said: string): Words => [
  'unavailable',
  `The SSH connection to ${place(target)} was cut off (${said}). Look at the host and at the network, then do it again: what is done is found, and not done twice.`,
];

/** A connection that was good broke. */
export const connectionLost = (target: SshTarget, cause: Error | undefined): CloudError =>
  new CloudError(...cutOff(target, cause?.message ?? 'the host closed it'), { cause });

const changedKey = (target: SshTarget, known: Buffer, shown: Buffer): Words => [
  'conflict',
  `The SSH key of ${place(target)} has changed: ${fingerprint(known)} is known, ${fingerprint(shown)} was shown. Either the host was installed anew, or somebody stands between; nothing was sent to it. Compare with what ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub says on the host's own console. Where the new one is right, delete the host that was added at this address.`,
];

function notLetIn(target: SshTarget, { offered }: Seen): Words {
  const { username, password } = target;
  const ways = offered.length > 0 ? ` It offers: ${offered.join(', ')}.` : '';
  const byKey = `put the server's key (setting ssh.publickey) into ~${username}/.ssh/authorized_keys there`;
  if (password === undefined)
    return [
      'parameter',
      `${place(target)} does not accept the server's key for user ${username}.${ways} Give the password, or ${byKey}.`,
    ];
  const takesPasswords = offered.some((way) => way === 'password' || way === 'keyboard-interactive');
  if (!takesPasswords)
    return [
      'parameter',
      `${place(target)} takes no passwords of user ${username}, and does not accept the server's key for him.${ways} Permit passwords there (PasswordAuthentication), or ${byKey}.`,
    ];
  return [
    'parameter',
    `${place(target)} does not let user ${username} in: the user name or the password is wrong, or he may not log in by password${username === 'root' ? ' (root may not, unless PermitRootLogin is yes in its sshd_config)' : ''}.${ways} Correct them, or ${byKey}.`,
  ];
}
