import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { cidrOf, formatIpv4, netmaskOf, overlap, parseCidr, parseIpv4, prefixOf, type Range, subnetOf } from './ipv4.ts';
import { nextFree, overlapping, readSubnet } from './subnet.ts';

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('an address is read back as it was written', () => {
  fc.assert(fc.property(address, (number) => parseIpv4(formatIpv4(number)) === number));
});

test('what is no address is none: too many parts, too large, a leading zero, blanks', () => {
  for (const text of ['', '10.0.0', '10.0.0.0.0', '10.0.0.256', '010.0.0.1', ' 10.0.0.1', '1e1.0.0.1', '-1.0.0.0', '::1'])
    assert.equal(parseIpv4(text), undefined, text);
});

test('every prefix has its netmask, and other masks are none', () => {
  for (let prefix = 0; prefix <= 32; prefix++) assert.equal(prefixOf(netmaskOf(prefix)), prefix);
  for (const text of ['255.0.255.0', '0.255.255.255', '255.255.255.1', '24']) assert.equal(prefixOf(text), undefined, text);
});

test('a CIDR begins where its network begins', () => {
  assert.deepEqual(parseCidr('10.1.1.0/24'), { first: parseIpv4('10.1.1.0'), last: parseIpv4('10.1.1.255'), prefix: 24 });
  for (const text of ['10.1.1.1/24', '10.1.1.0/33', '10.1.1.0', '10.1.1/24']) assert.equal(parseCidr(text), undefined, text);
});

test('an address is within the network that its CIDR says', () => {
  fc.assert(
    fc.property(address, fc.integer({ min: 0, max: 32 }), (number, prefix) => {
      const range = parseCidr(cidrOf(number, prefix))!;
      return range.first <= number && number <= range.last && range.first === subnetOf(number, prefix).first;
    }),
  );
});

const sane = { gateway: '10.1.1.1', netmask: '255.255.255.0', startip: '10.1.1.10', endip: '10.1.1.99' };
const problem = (change: Partial<typeof sane>): string | undefined => {
  const read = readSubnet({ ...sane, ...change });
  return 'problem' in read ? read.problem : undefined;
};

test('a sane network is read', () => {
  assert.equal(problem({}), undefined);
});

test('each mistake in a network is named with its numbers', () => {
  assert.match(problem({ gateway: '10.1.1' })!, /gateway=10\.1\.1 is not an IPv4 address/);
  assert.match(problem({ netmask: '255.255.0.255' })!, /netmask=255\.255\.0\.255/);
  assert.match(problem({ netmask: '255.255.255.255' })!, /\/30/);
  assert.match(problem({ startip: '10.1.1.100' })!, /startip=10\.1\.1\.100 comes after endip=10\.1\.1\.99/);
  assert.match(problem({ endip: '10.1.2.9' })!, /endip=10\.1\.2\.9 is not within 10\.1\.1\.1-10\.1\.1\.254/);
  assert.match(problem({ endip: '10.1.1.255' })!, /endip=10\.1\.1\.255 is not within/);
  assert.match(problem({ gateway: '10.1.1.0' })!, /gateway 10\.1\.1\.0 is not within/);
  assert.match(problem({ gateway: '10.1.1.50' })!, /10\.1\.1\.10-10\.1\.1\.99 contains the gateway 10\.1\.1\.50/);
});

test('two ranges overlap if and only if they share an address', () => {
  const small = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }));
  const range = small.map(([a, b]): Range => ({ first: Math.min(a, b), last: Math.max(a, b) }));
  const members = ({ first, last }: Range) => new Set(Array.from({ length: last - first + 1 }, (_, i) => first + i));
  fc.assert(fc.property(range, range, (a, b) => overlap(a, b) === [...members(a)].some((one) => members(b).has(one))));
});

test('the range in the way is found', () => {
  const others = [
    { name: 'a', range: { first: 1, last: 5 } },
    { name: 'b', range: { first: 8, last: 9 } },
  ];
  assert.equal(overlapping({ first: 6, last: 8 }, others)?.name, 'b');
  assert.equal(overlapping({ first: 6, last: 7 }, others), undefined);
});

test('the next free address is the lowest that nobody has, until none is left', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.array(fc.integer({ min: 90, max: 140 })), (size, taken) => {
      const range = { first: 100, last: 99 + size };
      const free = Array.from({ length: size }, (_, i) => 100 + i).filter((number) => !taken.includes(number));
      return nextFree(range, taken) === free[0];
    }),
  );
});
