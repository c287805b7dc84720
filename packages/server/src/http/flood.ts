import { CloudError } from '../error.ts';

/** Requests of more bytes than these cost so much to read that whoever sends them in vain must not go on for ever. */
const large = 64 * 1024;
/** So many bytes of them an address may send in vain at once, and so many more each second. */
const mostBytes = 32 * 1024 * 1024;
const bytesPerMs = 1024;
const mostAddresses = 10_000;

/** Which addresses send large requests that are refused: unsigned, wrongly signed, unreadable. Small ones are nobody's loss, and never counted. */
export type Flood = {
  /** @throws {CloudError} `too-many-requests`: this large request is not even read. */
  check(address: string, bytes: number): void;
  refused(address: string, bytes: number): void;
};

export function watchFlood(now: () => number = () => performance.now()): Flood {
  const spent = new Map<string, { bytes: number; at: number }>();
  const left = (address: string): number => {
    const found = spent.get(address);
    return found ? Math.max(0, found.bytes - (now() - found.at) * bytesPerMs) : 0;
  };
  return {
    check(address, bytes) {
      const over = bytes > large ? left(address) + bytes - mostBytes : 0;
      if (over <= 0) return;
      const retryAfterMs = over / bytesPerMs;
      throw new CloudError(
        'too-many-requests',
        `Too many large requests of ${address} were refused. Try again in ${Math.ceil(retryAfterMs / 1000)} s; requests of up to ${large / 1024} KiB are answered as always.`,
        { retryAfterMs },
      );
    },
    refused(address, bytes) {
      if (bytes <= large) return;
      const sum = left(address) + bytes;
      spent.delete(address);
      spent.set(address, { bytes: sum, at: now() });
      if (spent.size > mostAddresses) spent.delete(spent.keys().next().value!);
    },
  };
}
