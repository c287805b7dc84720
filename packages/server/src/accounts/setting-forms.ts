import { cidrList } from '../network/cidr-list.ts';
import { isDomainName } from '../network/domain-name.ts';

/** Forms that several settings have, with what a right value is, in words. */

export const networks = {
  pattern: { test: (value: string) => cidrList(value) !== undefined },
  words: 'a comma-separated list of networks (10.0.0.0/8; one address: 10.1.2.3/32), none of them /0',
};
export const domainName = { pattern: { test: isDomainName }, words: 'a domain name' };
