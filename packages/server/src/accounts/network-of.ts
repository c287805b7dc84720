import { isIPv6 } from 'node:net';

/** What counts as one address: whoever has an IPv6 address has all of its /64. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('%')[0]!.split('::');
  const [first, last] = [head, tail].map((part) => part.split(':').filter((word) => word !== ''));
  const zeros = plain.includes('::') ? Array.from({ length: 8 - first!.length - last!.length }, () => '0') : [];
  return [...first!, ...zeros, ...last!]
    .slice(0, 4)
    .map((word) => Number.parseInt(word, 16).toString(16))
    .join(':');
}
