import { join } from 'node:path';
import type { NetworkDocument } from '@virtstack/protocol';
import { ipv4Network } from './addresses.ts';

const LEASE_TIME = '12h';

export const dnsmasqPaths = (directory: string) => ({
  configuration: join(directory, 'dnsmasq.conf'),
  hosts: join(directory, 'hosts'),
  names: join(directory, 'names'),
  pid: join(directory, 'dnsmasq.pid'),
});
export type DnsmasqPaths = ReturnType<typeof dnsmasqPaths>;

/** dnsmasq's configuration: all but the guests. Addresses go to known guests alone, and are never remembered in a file: they never change. */
export const configuration = (document: NetworkDocument, paths: DnsmasqPaths): string => {
  const { id, bridge, gateway, prefixLength, domain, dns } = document;
  const { address, netmask } = ipv4Network(gateway, prefixLength);
  const lines = [
    `# virtstack: network ${id}`,
    `pid-file=${paths.pid}`,
    'bind-interfaces',
    `interface=${bridge}`,
    'except-interface=lo',
    'no-hosts',
    `addn-hosts=${paths.names}`,
    'domain-needed',
    'bogus-priv',
    `dhcp-range=${address},static,${netmask},${LEASE_TIME}`,
    `dhcp-hostsfile=${paths.hosts}`,
    'dhcp-authoritative',
    'leasefile-ro',
    // Else it asks each address whether it is taken, for three seconds.
    'no-ping',
    `dhcp-option=option:router,${gateway}`,
    // 0.0.0.0 is dnsmasq's word for the address that it answers from.
    `dhcp-option=option:dns-server,${dns.length > 0 ? dns.join(',') : '0.0.0.0'}`,
    ...(domain === undefined ? [] : [`domain=${domain}`, `local=/${domain}/`]),
  ];
  return `${lines.join('\n')}\n`;
};

/** dnsmasq's list of guests, a line each. */
export const hosts = ({ leases }: NetworkDocument): string =>
  leases.map(({ mac, address, hostname }) => `${mac},${address},${hostname},${LEASE_TIME}\n`).join('');

/** The guests' names for the DNS, in the form of /etc/hosts: known from the first moment, whatever leases the daemon has given. */
export const names = ({ leases, domain }: NetworkDocument): string =>
  leases
    .map(({ address, hostname }) => `${address} ${domain === undefined ? '' : `${hostname}.${domain} `}${hostname}\n`)
    .join('');

/** True where every guest that was served is still served alike: only then can the daemon go on, for it keeps the leases that it gave. */
export const onlyAdds = (before: string, after: string): boolean => {
  const kept = new Set(after.split('\n'));
  return before.split('\n').every((line) => kept.has(line));
};
