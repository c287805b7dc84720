import { isClosed, isInvalidState, isNotFound, isTimeout, isUnsupported, LibvirtError } from '@virtstack/libvirt';
import { PeerError } from '@virtstack/protocol';
import { hasErrno } from './system/files.ts';

/** Any failure as the answer that the server can branch on. */
export const asRefusal = (error: unknown): PeerError => {
  if (error instanceof PeerError) return error;
  if (error instanceof LibvirtError) return new PeerError(libvirtKind(error), `libvirt: ${error.message}`, detail(error));
  const message = error instanceof Error ? error.message : String(error);
  if (hasErrno(error, 'ENOSPC', 'EDQUOT')) return new PeerError('disk-full', `The host's disk is full: ${message}`);
  return new PeerError('internal', message, error instanceof Error ? error.stack : undefined);
};

const libvirtKind = (error: LibvirtError): string => {
  if (isClosed(error)) return 'unavailable';
  if (isTimeout(error)) return 'timeout';
  if (isNotFound(error)) return 'not-found';
  if (isInvalidState(error)) return 'invalid-state';
  return isUnsupported(error) ? 'unsupported' : 'libvirt';
};

const detail = (error: LibvirtError): string =>
  [error.codeName, error.procedure, ...error.strings].filter((part) => part !== undefined).join(' · ');
