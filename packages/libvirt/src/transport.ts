import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { VIR_ERR_NO_CONNECT, VIR_ERR_OPERATION_ABORTED, VIR_ERR_OPERATION_TIMEOUT } from './constants/errors.ts';
import { LibvirtError } from './error.ts';

/** Opens the way to a daemon: a duplex of bytes, whatever carries them. Rejects with a LibvirtError that names the socket and the cause. */
export const openUnixSocket = async (path: string, signal: AbortSignal): Promise<Duplex> => {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const socket = connect({ path });
  const failed = (error: NodeJS.ErrnoException) => reject(unreachable(path, error));
  const abort = () => {
    socket.destroy();
    reject(stopped(`the connection to libvirt at ${path}`, signal));
  };
  socket.once('error', failed);
  socket.once('connect', () => resolve(socket));
  // Not connect's own signal: that one would still destroy the socket long after it is open.
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.off('error', failed);
  }
};

const hints: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket: is libvirt installed, and its daemon started?',
  ECONNREFUSED: 'nothing listens there: is its daemon started?',
  EACCES: 'this user may not: root may, and so may members of the group libvirt',
};

const unreachable = (path: string, error: NodeJS.ErrnoException): LibvirtError => {
  const why = hints[error.code ?? ''] ?? error.message;
  return new LibvirtError('closed', `no connection to libvirt at ${path}: ${why}`, { code: VIR_ERR_NO_CONNECT, cause: error });
};

/** Why a signal ended the opening of a connection: its time was up, or the caller gave up. */
const stopped = (what: string, { reason }: AbortSignal): LibvirtError =>
  (reason as Error | undefined)?.name === 'TimeoutError'
    ? new LibvirtError('timeout', `${what} was not open in time`, { code: VIR_ERR_OPERATION_TIMEOUT, cause: reason })
    : new LibvirtError('aborted', `${what} was given up here`, { code: VIR_ERR_OPERATION_ABORTED, cause: reason });
