import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Not the public internet: IANA's special-purpose registries, and the ranges in which an IPv4 address hides inside an IPv6 one. */
const ranges = [
  ...[
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
  ],
  ...['192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...[
    '::/96',
    '::ffff:0:0:0/96',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '100::/64',
    '2001::/23',
    '2001:db8::/32',
    '2002::/16',
    '3fff::/20',
  ],
  ...['5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
] as const;

const blocked = new BlockList();
for (const range of ranges) {
  const [network, prefix] = range.split('/') as [string, string];
  blocked.addSubnet(network, Number(prefix), network.includes(':') ? 'ipv6' : 'ipv4');
}

/** True for every address that a user must not reach through the cloud; also for what is no address. */
export const isInternalAddress = (address: string): boolean => {
  if (isIPv4(address)) return blocked.check(address, 'ipv4');
  if (!isIPv6(address)) return true;
  // A mapped address is checked as the IPv4 address that it is.
  return blocked.check(address, 'ipv6');
};
