import { setTimeout as wait } from 'node:timers/promises';

/** Waits until something is the case, and answers it. @throws {Error} it was not within the time. */
export async function until<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  what = 'it',
  ms = 15_000,
): Promise<T> {
  for (const end = Date.now() + ms; Date.now() < end; await wait(10)) {
    const seen = await look();
    if (seen) return seen;
  }
  throw new Error(`${what} did not come about within ${ms / 1000} s`);
}
