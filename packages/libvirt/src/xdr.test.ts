import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { charsToText, typedParameter, uuid } from './wire-types.ts';
import * as xdr from './xdr.ts';

const roundTrips = <T>(codec: xdr.Codec<T>, values: fc.Arbitrary<T>): void =>
  fc.assert(
    fc.property(values, (value) => {
      const bytes = xdr.encode(codec, value);
      assert.equal(bytes.length % 4, 0);
      assert.deepEqual(xdr.decode(codec, bytes), value);
    }),
  );

const wellFormed = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
const bytes = fc.uint8Array().map((array) => Buffer.from(array));
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { noNullPrototype: true });
const int = fc.integer();
const uint = fc.nat({ max: 0xffffffff });
const hyper = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uhyper = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('a codec', () => {
  it('reads what it wrote, for every kind of number', () => {
    roundTrips(xdr.int, int);
    roundTrips(xdr.uint, uint);
    roundTrips(xdr.hyper, hyper);
    roundTrips(xdr.uhyper, uhyper);
    roundTrips(xdr.double, fc.double({ noNaN: true }));
    roundTrips(xdr.bool, fc.boolean());
  });

  it('reads what it wrote, for text, bytes, lists, nullable values and structures', () => {
    roundTrips(xdr.text(10_000), wellFormed);
    roundTrips(xdr.opaque(10_000), bytes);
    roundTrips(xdr.array(xdr.hyper, 100), fc.array(hyper));
    roundTrips(xdr.optional(xdr.text(10_000)), fc.option(wellFormed));
    roundTrips(xdr.fixedArray(xdr.int, 3), fc.array(int, { minLength: 3, maxLength: 3 }));
    const nested = xdr.struct({ name: xdr.text(10_000), inner: xdr.struct({ flags: xdr.uint, data: xdr.opaque(10_000) }) });
    roundTrips(nested, record({ name: wellFormed, inner: record({ flags: uint, data: bytes }) }));
  });

  it('reads what it wrote, for each type of typed parameter', () => {
    const value = fc.oneof(
      int.map((value) => ({ type: 'int' as const, value })),
      uint.map((value) => ({ type: 'uint' as const, value })),
      hyper.map((value) => ({ type: 'llong' as const, value })),
      uhyper.map((value) => ({ type: 'ullong' as const, value })),
      fc.double({ noNaN: true }).map((value) => ({ type: 'double' as const, value })),
      fc.boolean().map((value) => ({ type: 'boolean' as const, value })),
      wellFormed.map((value) => ({ type: 'string' as const, value })),
    );
    roundTrips(typedParameter, record({ field: wellFormed, value }));
  });

  it('writes the bytes of RFC 4506', () => {
    assert.equal(xdr.encode(xdr.text(10), 'libvi').toString('hex'), '000000056c69627669000000');
    assert.equal(xdr.encode(xdr.hyper, -2n).toString('hex'), 'fffffffffffffffe');
    assert.equal(xdr.encode(xdr.optional(xdr.int), 7).toString('hex'), '0000000100000007');
    assert.equal(xdr.encode(xdr.optional(xdr.int), null).toString('hex'), '00000000');
    const parameter = { field: 'a', value: { type: 'ullong', value: 1n } } as const;
    assert.equal(xdr.encode(typedParameter, parameter).toString('hex'), '000000016100000000000004' + '0000000000000001');
  });

  it('refuses a number that does not fit, saying which field', () => {
    assert.throws(() => xdr.encode(xdr.int, 2 ** 31), xdr.XdrError);
    assert.throws(() => xdr.encode(xdr.uint, -1), xdr.XdrError);
    assert.throws(() => xdr.encode(xdr.int, 1.5), xdr.XdrError);
    assert.throws(() => xdr.encode(xdr.uhyper, -1n), xdr.XdrError);
    assert.throws(() => xdr.encode(xdr.struct({ flags: xdr.uint }), { flags: Number.NaN }), /^XdrError: flags: NaN is not/);
  });

  it('refuses a string with a NUL, which C would cut short', () => {
    assert.throws(() => xdr.encode(xdr.text(10), 'a\0b'), /NUL/);
  });

  it('keeps to its limits when writing and when reading', () => {
    assert.throws(() => xdr.encode(xdr.text(3), 'four'), /4 bytes of text, the limit is 3/);
    assert.throws(() => xdr.encode(xdr.array(xdr.int, 1), [1, 2]), /2 items, the limit is 1/);
    assert.throws(() => xdr.decode(xdr.text(3), xdr.encode(xdr.text(4), 'four')), /the limit is 3/);
    assert.throws(() => xdr.decode(xdr.array(xdr.int, 1), xdr.encode(xdr.array(xdr.int, 2), [1, 2])), /the limit is 1/);
  });

  it('does not believe a count that the message has no room for', () => {
    assert.throws(() => xdr.decode(xdr.array(xdr.int, 1e9), Buffer.from('3b9aca00', 'hex')), xdr.XdrError);
    assert.throws(() => xdr.decode(xdr.opaque(1e9), Buffer.from('3b9aca00', 'hex')), xdr.XdrError);
  });

  it('refuses bytes that are left over, and bytes that are missing', () => {
    assert.throws(() => xdr.decode(xdr.int, Buffer.alloc(8)), /4 bytes left over/);
    assert.throws(() => xdr.decode(xdr.hyper, Buffer.alloc(4)), /8 bytes wanted, 4 left/);
  });

  it('throws nothing but XdrError, whatever bytes arrive', () => {
    const codec = xdr.struct({ list: xdr.array(typedParameter, 64), name: xdr.optional(xdr.text(64)), id: uuid });
    fc.assert(
      fc.property(bytes, (garbage) => {
        try {
          xdr.decode(codec, garbage);
        } catch (error) {
          assert.ok(error instanceof xdr.XdrError, String(error));
        }
      }),
    );
  });
});

describe('a UUID', () => {
  it('is text here and 16 bytes there', () => {
    const text = '6695eb01-f6a4-8304-79aa-97f2502e193f';
    assert.equal(xdr.encode(uuid, text).toString('hex'), text.replaceAll('-', ''));
    roundTrips(uuid, fc.uuid());
  });

  it('is refused when it is not one', () => {
    for (const wrong of ['', 'nonsense', '6695eb01', '6695eb01-f6a4-8304-79aa-97f2502e193f00'])
      assert.throws(() => xdr.encode(uuid, wrong), xdr.XdrError);
  });
});

describe('an array of C characters', () => {
  it('ends at its NUL', () => {
    assert.equal(charsToText([105, 54, 56, 54, 0, 0]), 'i686');
    assert.equal(charsToText([105, 54]), 'i6');
  });
});
