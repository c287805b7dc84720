const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const form = new RegExp(`^${label}(\\.${label})*$`, 'i');

/** A domain's name, as the DNS has it: it ends up in what hosts are configured with. */
export const isDomainName = (text: string): boolean => text.length <= 253 && form.test(text);
