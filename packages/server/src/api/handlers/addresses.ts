import type { Handlers } from '../handler.ts';

const none = async () => ({ count: 0, items: [] });

/** There are no public addresses: what a client reads beside its machines is empty, as it is in a CloudStack zone without any. */
export const addresses = {
  listPublicIpAddresses: none,
  listPortForwardingRules: none,
  listIpForwardingRules: none,
} satisfies Handlers<'listPublicIpAddresses' | 'listPortForwardingRules' | 'listIpForwardingRules'>;
