import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isInternalAddress } from './internal-address.ts';
import { refuse } from './refuse.ts';

export type Address = { readonly address: string; readonly family: number };

/**
 * The addresses of a URL's host, looked up once: the connection goes to these and no others.
 * @throws {PeerError} `address`: the name has no address, or one of them is internal and not allowed.
 */
export const resolveHost = async (url: URL, isAllowed: (address: string) => boolean): Promise<Address[]> => {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) ? [{ address: host, family: isIP(host) }] : await addressesOf(host);
  const internal = addresses.find(({ address }) => isInternalAddress(address) && !isAllowed(address));
  if (internal)
    return refuse(
      'address',
      `${host} is ${internal.address === host ? 'an internal address' : `at ${internal.address}, an internal address`}, and images come from public addresses only. Use a public server, or let the administrator add ${internal.address}/${internal.family === 6 ? 128 : 32} to the setting secstorage.allowed.internal.sites.`,
    );
  return addresses;
};

const addressesOf = async (host: string): Promise<Address[]> => {
  try {
    return await lookup(host, { all: true });
  } catch (error) {
    return refuse(
      'address',
      `The name ${host} has no address (${(error as NodeJS.ErrnoException).code}). Check the spelling of the URL.`,
      String(error),
    );
  }
};
