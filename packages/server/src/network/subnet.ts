import { contains, formatIpv4, formatRange, overlap, parseIpv4, prefixOf, type Range, sizeOf, subnetOf } from './ipv4.ts';

/** A network as an admin describes it: its gateway, its netmask, and the addresses that may be given away. */
export type SubnetText = { readonly gateway: string; readonly netmask: string; readonly startip: string; readonly endip: string };
export type Subnet = {
  readonly gateway: number;
  readonly prefix: number;
  /** Every address of the network. */
  readonly all: Range;
  /** Those that may be given away. */
  readonly usable: Range;
};

/** Reads a description, or says in words for the admin why it makes no sense. */
export function readSubnet(text: SubnetText): { readonly subnet: Subnet } | { readonly problem: string } {
  const prefix = prefixOf(text.netmask);
  if (prefix === undefined || prefix < 8 || prefix > 30)
    return { problem: `netmask=${text.netmask} is not a netmask from 255.0.0.0 (/8) to 255.255.255.252 (/30)` };
  const addresses = { gateway: parseIpv4(text.gateway), startip: parseIpv4(text.startip), endip: parseIpv4(text.endip) };
  for (const [name, address] of Object.entries(addresses))
    if (address === undefined) return { problem: `${name}=${text[name as keyof typeof addresses]} is not an IPv4 address` };
  const { gateway, startip: first, endip: last } = addresses as Record<keyof typeof addresses, number>;
  const subnet = { gateway, prefix, all: subnetOf(gateway, prefix), usable: { first, last } };
  const problem = problemOf(subnet);
  return problem === undefined ? { subnet } : { problem };
}

function problemOf({ gateway, prefix, all, usable }: Subnet): string | undefined {
  const hosts = { first: all.first + 1, last: all.last - 1 };
  const within = `${formatRange(hosts)}, the addresses of ${formatIpv4(all.first)}/${prefix}`;
  if (!contains(hosts, gateway)) return `the gateway ${formatIpv4(gateway)} is not within ${within}`;
  if (usable.first > usable.last) return `startip=${formatIpv4(usable.first)} comes after endip=${formatIpv4(usable.last)}`;
  for (const [name, address] of [
    ['startip', usable.first],
    ['endip', usable.last],
  ] as const)
    if (!contains(hosts, address)) return `${name}=${formatIpv4(address)} is not within ${within}`;
  if (contains(usable, gateway)) return `the range ${formatRange(usable)} contains the gateway ${formatIpv4(gateway)}`;
  return undefined;
}

/** The first of the others that has addresses in common. */
export const overlapping = <T extends { readonly range: Range }>(range: Range, others: readonly T[]): T | undefined =>
  others.find((other) => overlap(range, other.range));

/** A free address of the range, the lowest one; nothing where all are taken. Taken addresses outside the range do not count. */
export function nextFree(range: Range, taken: Iterable<number>): number | undefined {
  const used = [...new Set(taken)].filter((address) => contains(range, address)).sort((a, b) => a - b);
  if (used.length >= sizeOf(range)) return undefined;
  const gap = used.findIndex((address, index) => address !== range.first + index);
  return range.first + (gap === -1 ? used.length : gap);
}
