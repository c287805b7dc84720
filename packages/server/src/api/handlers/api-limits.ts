import type { Handlers } from '../handler.ts';

export const apiLimits = {
  async getApiLimit({ rates, caller }) {
    const { issued, allowed, secondsLeft } = await rates.of(caller.accountId);
    return {
      accountid: caller.accountId,
      account: caller.account,
      apiIssued: issued,
      apiAllowed: allowed,
      expireAfter: secondsLeft,
    };
  },
  async resetApiLimit({ rates }, { account }) {
    rates.reset(account);
    return { success: true };
  },
} satisfies Handlers<'getApiLimit' | 'resetApiLimit'>;
