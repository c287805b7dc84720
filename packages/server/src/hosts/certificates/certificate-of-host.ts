import { isIP } from 'node:net';
import type { Cloud } from '../../cloud.ts';

/** Tells certificates of hosts from those of the cloud's other parts: libvirt on a host lets in who has it. */
const organization = 'virtstack host';
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a certificate that is made out to this name says besides: a host's name is its guid, and nobody else is called so. */
export const belonging = (commonName: string): { organization?: string } => (guid.test(commonName) ? { organization } : {});

/** By what others know a host. */
export type KnownAs = {
  readonly guid: string;
  readonly address: string;
  readonly hostname?: string | undefined;
  readonly addresses: readonly string[];
};

/** Signs a request (PEM): whatever it says of itself, the certificate is made out to this host, by its name and its addresses. */
export async function certificateOfHost(
  { authority, settings }: Pick<Cloud, 'authority' | 'settings'>,
  csr: string,
  { guid, address, hostname, addresses }: KnownAs,
): Promise<string> {
  const all = [...new Set([address, ...(hostname ? [hostname.toLowerCase()] : []), ...addresses])];
  return authority.sign(csr, {
    ...{ commonName: guid, organization, days: await settings.number('ca.framework.cert.validity.period') },
    names: all.filter((one) => isIP(one) === 0),
    addresses: all.filter((one) => isIP(one) !== 0),
  });
}
