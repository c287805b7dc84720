import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { plainSerial } from '../accounts/authority.ts';
import type { Cloud } from '../cloud.ts';

/** Who is at the other end, by his certificate: its common name, what of the cloud it says that he is, and its serial number as the table of certificates has it. */
export type Identity = { readonly name: string; readonly organization: string | undefined; readonly serial: string };

type Needed = Pick<Cloud, 'authority'>;

/** Who a connection is; nothing where there is no certificate, or one that is not ours, was revoked, or is not good at this time. */
export async function identityOf(cloud: Needed, request: IncomingMessage): Promise<Identity | undefined> {
  const socket = request.socket as TLSSocket;
  const shown = socket.getPeerX509Certificate();
  // The times are looked at here, too: of a session that was taken up again TLS says what it said at its beginning.
  if (!socket.authorized || !shown || timeOf(shown) !== 'now') return undefined;
  return unlessRevoked(cloud, shown);
}

/**
 * Who a connection was whose certificate has expired, and which is in all else as it must be: nothing is concluded from what TLS says of it, which tells
 * one fault of several.
 */
export async function expiredIdentityOf(
  cloud: Needed,
  request: IncomingMessage,
): Promise<(Identity & { readonly ended: Date }) | undefined> {
  const shown = (request.socket as TLSSocket).getPeerX509Certificate();
  if (!shown || !hasMerelyExpired(shown, cloud.authority.certificate)) return undefined;
  const identity = await unlessRevoked(cloud, shown);
  return identity && { ...identity, ended: new Date(shown.validTo) };
}

/** Everything but its time is right: the authority's own signature, of an authority that is good now; a client's, not an authority's. */
export function hasMerelyExpired(shown: X509Certificate, authority: string): boolean {
  const root = new X509Certificate(authority);
  return (
    timeOf(shown) === 'past' &&
    timeOf(root) === 'now' &&
    !shown.ca &&
    (shown.keyUsage ?? []).includes(clientAuthentication) &&
    shown.checkIssued(root) &&
    shown.verify(root.publicKey)
  );
}

const clientAuthentication = '1.3.6.1.5.5.7.3.2';

function timeOf({ validFrom, validTo }: X509Certificate): 'past' | 'now' | 'future' {
  const now = Date.now();
  if (now < Date.parse(validFrom)) return 'future';
  return now <= Date.parse(validTo) ? 'now' : 'past';
}

async function unlessRevoked({ authority }: Needed, shown: X509Certificate): Promise<Identity | undefined> {
  const name = /^CN=(.+)$/m.exec(shown.subject)?.[1];
  const organization = /^O=(.+)$/m.exec(shown.subject)?.[1];
  const serial = plainSerial(shown.serialNumber);
  return name === undefined || (await authority.isRevoked(serial)) ? undefined : { name, organization, serial };
}

/** As `identityOf`, the name alone. */
export const peerName = async (cloud: Needed, request: IncomingMessage): Promise<string | undefined> =>
  (await identityOf(cloud, request))?.name;
