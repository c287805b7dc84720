/** An IPv4 network's own address, its mask, and what belongs to it. */
export const ipv4Network = (address: string, prefixLength: number) => {
  const mask = prefixLength === 0 ? 0 : (~0 << (32 - prefixLength)) >>> 0;
  const base = (toNumber(address) & mask) >>> 0;
  return {
    address: toText(base),
    netmask: toText(mask),
    contains: (other: string): boolean => (toNumber(other) & mask) >>> 0 === base,
  };
};

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toText = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
