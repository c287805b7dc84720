/** Addresses as numbers from 0 to 2^32 - 1, so that they can be compared and counted. IPv4 alone in this version. */

/** A dotted quad as a number; nothing where it is none (leading zeros are refused: some programs read them as octal). */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export const formatIpv4 = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

/** How many bits of a netmask are set; nothing where it is none. */
export function prefixOf(netmask: string): number | undefined {
  const mask = parseIpv4(netmask);
  if (mask === undefined) return undefined;
  const size = 2 ** 32 - mask;
  const prefix = 32 - Math.log2(size);
  return Number.isInteger(prefix) ? prefix : undefined;
}

export const netmaskOf = (prefix: number): string => formatIpv4(2 ** 32 - 2 ** (32 - prefix));

/** Addresses from the first to the last, both included. */
export type Range = { readonly first: number; readonly last: number };

export const contains = (range: Range, address: number): boolean => address >= range.first && address <= range.last;
export const overlap = (a: Range, b: Range): boolean => a.first <= b.last && b.first <= a.last;
export const sizeOf = (range: Range): number => range.last - range.first + 1;
export const formatRange = ({ first, last }: Range): string => `${formatIpv4(first)}-${formatIpv4(last)}`;

/** All addresses of the network that an address is in, network and broadcast address included. */
export function subnetOf(address: number, prefix: number): Range {
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1 };
}

/** `10.1.1.0/24`; nothing where it is none, or where bits beyond the prefix are set. */
export function parseCidr(text: string): (Range & { readonly prefix: number }) | undefined {
  const [, base, bits] = /^([\d.]+)\/(\d|[12]\d|3[0-2])$/.exec(text) ?? [];
  const address = parseIpv4(base ?? '');
  if (address === undefined) return undefined;
  const subnet = subnetOf(address, Number(bits));
  return subnet.first === address ? { ...subnet, prefix: Number(bits) } : undefined;
}

/** The CIDR of the network that an address is in. */
export const cidrOf = (address: number, prefix: number): string => `${formatIpv4(subnetOf(address, prefix).first)}/${prefix}`;
