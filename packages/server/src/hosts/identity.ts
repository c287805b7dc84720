import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Cloud } from '../cloud.ts';

/** Who a connection is by its client certificate: the common name, or nothing where there is none, it is not ours, or it was revoked. */
export async function peerName(cloud: Pick<Cloud, 'authority'>, request: IncomingMessage): Promise<string | undefined> {
  const socket = request.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const { subject, serialNumber } = socket.getPeerCertificate();
  if (!subject?.CN || (await cloud.authority.isRevoked(serialNumber.toLowerCase()))) return undefined;
  return Array.isArray(subject.CN) ? subject.CN[0] : subject.CN;
}
