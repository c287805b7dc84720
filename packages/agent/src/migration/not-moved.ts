import { hasCode, LibvirtError, VIR_ERR_AUTH_FAILED, VIR_ERR_OPERATION_ABORTED } from '@virtstack/libvirt';
import { PeerError } from '@virtstack/protocol';
import { asRefusal } from '../refusal.ts';
import { DOOR_PORT } from './door.ts';

const PORT = 16514;

type Sign = { readonly words: RegExp; readonly mend: (address: string) => string };

/** How libvirt's messages begin to make sense, and what helps; none of them has a code of its own. */
const signs: readonly Sign[] = [
  {
    words: /certificate|TLS handshake|authentication failed/i,
    mend: (address) =>
      `The libvirts of both hosts must show certificates of this cloud, made out to ${address}: reconnect both hosts, which renews them, or add them again.`,
  },
  {
    words: /unable to connect to server|connection refused|no route to host|timed out|network is unreachable|keepalive/i,
    mend: (address) =>
      `Is the host at ${address} up, and does it let this one in on TCP port ${PORT} (ss -ltn there; firewalls between both)?`,
  },
  {
    words: /acquire.*lock|lock driver|lockspace/i,
    mend: () =>
      'Both hosts must have the same lock manager (lock_manager in the configuration of libvirt’s driver), and the disks be on storage that both see.',
  },
  {
    words: /already exists|already active|already defined/i,
    mend: (address) => `Look at it on the host at ${address} with virsh list --all.`,
  },
  {
    words: /unsupported|not supported|incompatible|guest CPU/i,
    mend: () => 'Both hosts should have the same processors and versions.',
  },
];

/** Why a guest did not move, in libvirt's words, and what helps. It runs on where it was. `trouble`: of our own carrying its memory. */
export const notMoved = (error: unknown, address: string, trouble?: string): PeerError => {
  if (!(error instanceof LibvirtError) || error.origin !== 'server') return asRefusal(error);
  const { message, detail } = asRefusal(error);
  if (trouble !== undefined)
    return new PeerError(
      'not-moved',
      `The guest did not move to ${address}, and is here as before: its memory could not be carried there (${trouble}). Is the agent on that host up, and does the host let this one in on TCP port ${DOOR_PORT}?`,
      `${message} ${detail}`,
    );
  if (hasCode(error, VIR_ERR_OPERATION_ABORTED))
    return new PeerError('aborted', `The guest did not move: the move was given up (${message}). It runs on here.`, detail);
  const sign = signs.find(({ words }) => words.test(message)) ?? (hasCode(error, VIR_ERR_AUTH_FAILED) ? signs[0] : undefined);
  const mend = sign?.mend(address) ?? '';
  return new PeerError(
    'not-moved',
    `The guest did not move to ${address}, and is here as before: ${message}. ${mend}`.trim(),
    detail,
  );
};
