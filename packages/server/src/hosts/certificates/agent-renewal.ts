import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { Peer, serverMethods } from '@virtstack/protocol';
import type { WebSocketServer } from 'ws';
import type { Cloud } from '../../cloud.ts';
import { expiredIdentityOf, hasMerelyExpired } from '../identity.ts';
import { tellRefused } from '../returned.ts';
import { refusalOfExpired, renewed } from './renew.ts';

/** Where a host with an expired certificate gets a new one, and nothing else. */
export const renewalPath = '/renewal';
const longestMs = 30_000;

/** Ends, before anything of it is read, every connection whose certificate neither is good nor has merely expired. */
export const onlyOurs =
  ({ authority, log }: Pick<Cloud, 'authority' | 'log'>) =>
  (socket: TLSSocket): void => {
    if (socket.authorized) return;
    const shown = socket.getPeerX509Certificate();
    if (shown && hasMerelyExpired(shown, authority.certificate)) return;
    log.debug({ address: socket.remoteAddress, error: socket.authorizationError }, 'a connection without a certificate of ours');
    socket.destroy();
  };

/** Serves what comes with an expired certificate. `answer`: the status to refuse with, or nothing where the connection was taken. */
export function serveRenewal(cloud: Cloud, sockets: WebSocketServer) {
  return {
    async answer(path: string, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<string | undefined> {
      const who = await expiredIdentityOf(cloud, request);
      if (!who) {
        await tellRefused(cloud, request);
        return '403 Forbidden';
      }
      const refusal = await refusalOfExpired(cloud, who);
      if (refusal !== undefined) cloud.log.warn({ guid: who.name, ended: who.ended }, refusal);
      if (refusal !== undefined) return '403 Forbidden';
      // The agent knows by this that its certificate has expired, whatever its clock says.
      if (path !== renewalPath) return '401 Unauthorized';
      sockets.handleUpgrade(request, socket, head, (ws) => {
        const peer = new Peer(ws);
        const late = setTimeout(() => ws.terminate(), longestMs);
        ws.on('error', () => ws.terminate()).once('close', () => clearTimeout(late));
        peer.handle(serverMethods.renew, async ({ csr }) => {
          const certificate = await renewed(cloud, who.name, { csr, asked: false });
          cloud.log.info({ guid: who.name, ended: who.ended }, 'a certificate that had expired is renewed');
          return { certificate };
        });
        peer.listen();
      });
      return undefined;
    },
  };
}
