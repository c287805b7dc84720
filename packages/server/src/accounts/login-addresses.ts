import { isIPv6 } from 'node:net';
import { CloudError } from '../error.ts';

/** Counts failures by where they come from, so that nobody tries one password on many names. */
export type Addresses = {
  /** Begins an attempt; what it answers is told whether it failed. @throws {CloudError} `too-many-requests` */
  begin(address: string, most: number): (failed: boolean) => void;
};

const windowMs = 10 * 60_000;
const mostAddresses = 10_000;
type Count = { since: number; failures: number; open: number };

/** `now`: milliseconds. Attempts that are under way count as failed until they are not. */
export function openAddresses(now: () => number = () => performance.now()): Addresses {
  const counts = new Map<string, Count>();
  return {
    begin: (address, most) => {
      const count = countOf(counts, networkOf(address), now());
      if (count.failures + count.open >= most)
        throw new CloudError(
          'too-many-requests',
          `Too many log-ins from your address failed: ${count.failures} in ten minutes, and ${most} are allowed. Try again in ${Math.ceil((count.since + windowMs - now()) / 60_000)} minutes.`,
        );
      count.open++;
      return (failed) => {
        count.open--;
        if (failed) count.failures++;
      };
    },
  };
}

function countOf(counts: Map<string, Count>, network: string, now: number): Count {
  let count = counts.get(network);
  if (!count) {
    count = { since: now, failures: 0, open: 0 };
    if (counts.size >= mostAddresses) counts.delete(counts.keys().next().value!);
    counts.set(network, count);
  } else if (now - count.since >= windowMs) Object.assign(count, { since: now, failures: 0 });
  return count;
}

/** Whoever has an IPv6 address has all of its /64. */
function networkOf(address: string): string {
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
