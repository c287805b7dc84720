import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Settings } from '../accounts/settings.ts';
import { cidrList } from '../network/cidr-list.ts';

/** Who is at the other end of a request: the peer of its connection, or whom a proxy of ours speaks for. */
export type Client = {
  readonly address: string;
  /** Whether a browser sent it for a page of somebody else's. A program says nothing of pages. */
  readonly foreignPage: boolean;
};
export type Sender = { readonly peer: string; readonly headers: IncomingHttpHeaders };

/** What a proxy says is believed where `proxy.header.verify` is on and it is one of `proxy.cidr`: of anybody else it is a lie that costs nothing. */
export async function clientOf(settings: Pick<Settings, 'text' | 'boolean'>, { peer, headers }: Sender): Promise<Client> {
  const alone = clientAlone({ peer, headers });
  const proxies = (await settings.boolean('proxy.header.verify')) ? blockList(await settings.text('proxy.cidr')) : undefined;
  if (!proxies || !isIn(proxies, alone.address)) return alone;
  const names = (await settings.text('proxy.header.names')).split(',').map(headerName);
  return {
    address: spokenFor(proxies, names, headers) ?? alone.address,
    foreignPage: isForeign(headers, lastOf(headers['x-forwarded-host']) ?? headers.host),
  };
}

/** The client where nobody speaks for another. */
export const clientAlone = ({ peer, headers }: Sender): Client => ({
  address: plain(peer),
  foreignPage: isForeign(headers, headers.host),
});

/** Whether a browser says that the request is made by a page that is not this server's own. */
export function isForeign(headers: IncomingHttpHeaders, host: string | undefined): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return true;
  const { origin } = headers;
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host);
}

/** An IPv4 peer of a socket that listens on `::` comes as `::ffff:192.0.2.1`. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** The header of a name as CloudStack’s settings have it: HTTP_X_FORWARDED_FOR is X-Forwarded-For. */
const headerName = (name: string): string =>
  name
    .trim()
    .replace(/^HTTP_/i, '')
    .replaceAll('_', '-')
    .toLowerCase();

const entries = (header: string | readonly string[] | undefined): readonly string[] =>
  [header ?? []].flat().flatMap((line) => line.split(',').map((entry) => entry.trim()));
const lastOf = (header: string | readonly string[] | undefined): string | undefined => entries(header).at(-1);

/** Each proxy adds at the end whom it spoke with: the last that is no proxy of ours is the client; what stands before it he may have written himself. */
function spokenFor(proxies: BlockList, names: readonly string[], headers: IncomingHttpHeaders): string | undefined {
  const said = names.map((name) => entries(headers[name])).find((found) => found.length > 0) ?? [];
  const addresses = said.map((entry) =>
    plain(entry.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')),
  );
  const client = addresses.findLast((address) => !isIn(proxies, address));
  return client !== undefined && isIP(client) > 0 ? client : undefined;
}

const isIn = (list: BlockList, address: string): boolean => {
  const family = isIP(address);
  return family > 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
};

let last: { readonly text: string; readonly list: BlockList } | undefined;
/** Of the setting as it is now: it is read for every request. */
function blockList(text: string): BlockList {
  if (last?.text !== text) last = { text, list: listOf(cidrList(text) ?? []) };
  return last.list;
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split('/') as [string, string];
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
