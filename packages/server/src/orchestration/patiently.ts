import { setTimeout as delay } from 'node:timers/promises';
import { isCloudError } from '../error.ts';
import { refusalKind } from '../hosts/refusals.ts';
import type { Run } from './saga.ts';

const pauseMs = 200;

/**
 * Calls again while the other side is away: it may be restarting, or this server may have. What was asked may have been done each time.
 * @throws {CloudError} `unavailable` after `patienceMs`, or at once where it was there and did not answer in time; else its refusal.
 */
export async function patiently<T>(run: Run, patienceMs: number, call: () => Promise<T>): Promise<T> {
  for (const giveUp = Date.now() + patienceMs; ; ) {
    try {
      return await call();
    } catch (error) {
      run.signal.throwIfAborted();
      const away = isCloudError(error) && error.kind === 'unavailable' && refusalKind(error) !== 'timeout';
      if (!away || Date.now() > giveUp) throw error;
      // One that is there and says that something behind it is away answers at once.
      await delay(pauseMs, undefined, { signal: run.signal });
    }
  }
}
