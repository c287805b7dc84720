import type { RoleType } from '@virtstack/contract';
import { CloudError } from '../error.ts';
import type { Settings } from './settings.ts';

/** How often an account has called in the interval that runs, and how much of it is left. */
export type Rate = { readonly issued: number; readonly allowed: number; readonly secondsLeft: number };

/** How often accounts call: counted by each server for itself, in its memory. */
export type Rates = {
  /** Counts a call. @throws {CloudError} `too-many-requests`: the account has had its share of this interval; with when the next one begins. */
  take(caller: { readonly accountId: string; readonly role: RoleType }): Promise<void>;
  of(accountId: string): Promise<Rate>;
  /** Forgets what an account, or every one, has called. */
  reset(accountId?: string): void;
};

type Count = { calls: number; readonly ends: number };
/** Of more accounts the one whose interval began first is forgotten. */
const mostAccounts = 10_000;

export function openRates(settings: Pick<Settings, 'number' | 'boolean'>, now: () => number = () => performance.now()): Rates {
  const counts = new Map<string, Count>();
  const running = (accountId: string): Count | undefined => {
    const count = counts.get(accountId);
    return count && count.ends > now() ? count : undefined;
  };
  const begin = (accountId: string, seconds: number): Count => {
    const count = { calls: 0, ends: now() + 1000 * seconds };
    counts.delete(accountId);
    counts.set(accountId, count);
    if (counts.size > mostAccounts) counts.delete(counts.keys().next().value!);
    return count;
  };
  return {
    async take({ accountId, role }) {
      if (role === 'Admin' || !(await settings.boolean('api.throttling.enabled'))) return;
      const most = await settings.number('api.throttling.max');
      const seconds = await settings.number('api.throttling.interval');
      const count = running(accountId) ?? begin(accountId, seconds);
      count.calls++;
      if (count.calls > most) throw tooMany(most, count.ends - now());
    },
    async of(accountId) {
      const most = await settings.number('api.throttling.max');
      const seconds = await settings.number('api.throttling.interval');
      const { calls, ends } = running(accountId) ?? {
        calls: 0,
        ends: now() + 1000 * seconds,
      };
      return { issued: calls, allowed: Math.max(0, most - calls), secondsLeft: Math.ceil((ends - now()) / 1000) };
    },
    reset: (accountId) => void (accountId === undefined ? counts.clear() : counts.delete(accountId)),
  };
}

/** Begins with CloudStack's words. */
const tooMany = (most: number, leftMs: number): CloudError =>
  new CloudError(
    'too-many-requests',
    `The given user has reached his/her account api limit, please retry after [${Math.ceil(leftMs)}] ms. The account may call ${most} times in an interval (api.throttling.max).`,
    { retryAfterMs: leftMs },
  );
