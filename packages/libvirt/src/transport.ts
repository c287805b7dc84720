import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { VIR_ERR_NO_CONNECT, VIR_ERR_OPERATION_ABORTED, VIR_ERR_OPERATION_TIMEOUT } from './constants/errors.ts';
import { LibvirtError } from './error.ts';

/** Opens the way to a daemon: a duplex of bytes, whatever carries them. Rejects with a LibvirtError that names the socket and the cause. */
export const openUnixSocket = async (path: string, signal: AbortSignal): Promise<Duplex> => {
  const socket = connect({ path, signal });
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const failed = (error: NodeJS.ErrnoException) => reject(unreachable(path, error, signal));
  socket.once('error', failed);
  socket.once('connect', () => {
    socket.off('error', failed);
    resolve(socket);
  });
  return promise;
};

const hints: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket: is libvirt installed, and its daemon started?',
  ECONNREFUSED: 'nothing listens there: is its daemon started?',
  EACCES: 'this user may not: root may, and so may members of the group libvirt',
};

const unreachable = (path: string, error: NodeJS.ErrnoException, signal: AbortSignal): LibvirtError => {
  const why = hints[error.code ?? ''] ?? error.message;
  if (!signal.aborted)
    return new LibvirtError('closed', `no connection to libvirt at ${path}: ${why}`, { code: VIR_ERR_NO_CONNECT, cause: error });
  return stopped(`the connection to libvirt at ${path}`, signal);
};

/** Why a signal ended the opening of a connection: its time was up, or the caller gave up. */
export const stopped = (what: string, { reason }: AbortSignal): LibvirtError =>
  (reason as Error | undefined)?.name === 'TimeoutError'
    ? new LibvirtError('timeout', `${what} was not open in time`, { code: VIR_ERR_OPERATION_TIMEOUT, cause: reason })
    : new LibvirtError('aborted', `${what} was given up here`, { code: VIR_ERR_OPERATION_ABORTED, cause: reason });
