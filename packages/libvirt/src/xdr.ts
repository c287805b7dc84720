/** XDR (RFC 4506) as libvirt uses it: codecs are values, and a codec's TypeScript type is that of what it carries. */
export interface Codec<T> {
  write(out: XdrWriter, value: T): void;
  read(from: XdrReader): T;
}

/** What a codec carries. */
export type Value<C extends Codec<unknown>> = ReturnType<C['read']>;

/** A value does not fit its declaration, or the bytes do not. */
export class XdrError extends Error {
  override readonly name = 'XdrError';
}

/** Bytes being written; it grows as needed. */
export class XdrWriter {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  /** Room for `size` more bytes (rounded up to XDR's 4, padding zeroed): where to write them. */
  reserve(size: number): { bytes: Buffer; at: number } {
    const padded = (size + 3) & ~3;
    const at = this.#length;
    if (at + padded > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, at + padded));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    if (padded !== size) this.#bytes.fill(0, at + size, at + padded);
    this.#length = at + padded;
    return { bytes: this.#bytes, at };
  }

  written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Bytes being read. */
export class XdrReader {
  readonly bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get remaining(): number {
    return this.bytes.length - this.#at;
  }

  /** Steps over `size` bytes and their padding: where they begin. */
  take(size: number): number {
    const at = this.#at;
    const padded = Math.ceil(size / 4) * 4;
    if (padded > this.remaining) throw new XdrError(`${padded} bytes wanted, ${this.remaining} left`);
    this.#at = at + padded;
    return at;
  }
}

export const encode = <T>(codec: Codec<T>, value: T): Buffer => {
  const out = new XdrWriter();
  codec.write(out, value);
  return out.written();
};

/** Reads one value that fills the bytes; throws XdrError when some are left over. */
export const decode = <T>(codec: Codec<T>, bytes: Buffer): T => {
  const from = new XdrReader(bytes);
  const value = codec.read(from);
  if (from.remaining > 0) throw new XdrError(`${from.remaining} bytes left over`);
  return value;
};

/** A number of `size` bytes between two bounds. */
const number = <T extends number | bigint>(
  name: string,
  size: 4 | 8,
  [min, max]: readonly [T, T],
  put: (bytes: Buffer, value: T, at: number) => void,
  get: (bytes: Buffer, at: number) => T,
): Codec<T> => ({
  write(out, value) {
    const whole = typeof value === 'bigint' || Number.isInteger(value);
    if (typeof value !== typeof min || !whole || value < min || value > max) throw new XdrError(`${value} is not ${name}`);
    const { bytes, at } = out.reserve(size);
    put(bytes, value, at);
  },
  read(from) {
    return get(from.bytes, from.take(size));
  },
});

export const int: Codec<number> = number<number>(
  'a signed 32-bit integer',
  4,
  [-0x80000000, 0x7fffffff],
  (bytes, value, at) => bytes.writeInt32BE(value, at),
  (bytes, at) => bytes.readInt32BE(at),
);
export const uint: Codec<number> = number<number>(
  'an unsigned 32-bit integer',
  4,
  [0, 0xffffffff],
  (bytes, value, at) => bytes.writeUInt32BE(value, at),
  (bytes, at) => bytes.readUInt32BE(at),
);
export const hyper: Codec<bigint> = number<bigint>(
  'a signed 64-bit integer (a bigint)',
  8,
  [-(2n ** 63n), 2n ** 63n - 1n],
  (bytes, value, at) => bytes.writeBigInt64BE(value, at),
  (bytes, at) => bytes.readBigInt64BE(at),
);
export const uhyper: Codec<bigint> = number<bigint>(
  'an unsigned 64-bit integer (a bigint)',
  8,
  [0n, 2n ** 64n - 1n],
  (bytes, value, at) => bytes.writeBigUInt64BE(value, at),
  (bytes, at) => bytes.readBigUInt64BE(at),
);

export const double: Codec<number> = {
  write(out, value) {
    const { bytes, at } = out.reserve(8);
    bytes.writeDoubleBE(value, at);
  },
  read: (from) => from.bytes.readDoubleBE(from.take(8)),
};

export const bool: Codec<boolean> = {
  write: (out, value) => uint.write(out, value ? 1 : 0),
  read: (from) => uint.read(from) !== 0,
};

/** Nothing: a call without arguments or without a result. */
export const nothing: Codec<undefined> = { write: () => undefined, read: () => undefined };

const writeBytes = (out: XdrWriter, value: Uint8Array): void => {
  const { bytes, at } = out.reserve(value.length);
  bytes.set(value, at);
};

const readBytes = (from: XdrReader, size: number): Buffer => {
  const at = from.take(size);
  return from.bytes.subarray(at, at + size);
};

const within = (count: number, limit: number, what: string): number => {
  if (count > limit) throw new XdrError(`${count} ${what}, the limit is ${limit}`);
  return count;
};

/** Exactly `size` bytes. What is read is a view of the message, not a copy. */
export const fixedOpaque = (size: number): Codec<Uint8Array> => ({
  write(out, value) {
    if (value.length !== size) throw new XdrError(`${value.length} bytes where ${size} belong`);
    writeBytes(out, value);
  },
  read: (from) => readBytes(from, size),
});

/** At most `limit` bytes. What is read is a view of the message, not a copy. */
export const opaque = (limit: number): Codec<Uint8Array> => ({
  write(out, value) {
    uint.write(out, within(value.length, limit, 'bytes'));
    writeBytes(out, value);
  },
  read: (from) => readBytes(from, within(uint.read(from), limit, 'bytes')),
});

/** UTF-8 of at most `limit` bytes. A NUL is refused: the C side would take what stands before it for the whole. */
export const text = (limit: number): Codec<string> => ({
  write(out, value) {
    if (value.includes('\0')) throw new XdrError('a string holds a NUL character');
    const size = within(Buffer.byteLength(value), limit, 'bytes of text');
    uint.write(out, size);
    const { bytes, at } = out.reserve(size);
    bytes.write(value, at, 'utf8');
  },
  read: (from) => {
    const size = within(uint.read(from), limit, 'bytes of text');
    const at = from.take(size);
    return from.bytes.toString('utf8', at, at + size);
  },
});

/** At most `limit` items of one kind. */
export const array = <T>(item: Codec<T>, limit: number): Codec<readonly T[]> => ({
  write(out, value) {
    uint.write(out, within(value.length, limit, 'items'));
    for (const each of value) item.write(out, each);
  },
  read(from) {
    const count = within(uint.read(from), Math.min(limit, from.remaining / 4), 'items');
    return Array.from({ length: count }, () => item.read(from));
  },
});

/** Exactly `size` items of one kind. */
export const fixedArray = <T>(item: Codec<T>, size: number): Codec<readonly T[]> => ({
  write(out, value) {
    if (value.length !== size) throw new XdrError(`${value.length} items where ${size} belong`);
    for (const each of value) item.write(out, each);
  },
  read: (from) => Array.from({ length: size }, () => item.read(from)),
});

/** A C pointer that may be NULL, here null. */
export const optional = <T>(item: Codec<T>): Codec<T | null> => ({
  write(out, value) {
    bool.write(out, value !== null);
    if (value !== null) item.write(out, value);
  },
  read: (from) => (bool.read(from) ? item.read(from) : null),
});

type Fields = Readonly<Record<string, Codec<unknown>>>;
type Struct<F extends Fields> = { readonly [K in keyof F]: Value<F[K]> };

/** Fields in the order of their declaration. */
export const struct = <const F extends Fields>(fields: F): Codec<Struct<F>> => {
  const entries = Object.entries(fields);
  return {
    write(out, value) {
      for (const [name, codec] of entries) writeField(out, name, codec, value[name]);
    },
    read(from) {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) value[name] = codec.read(from);
      return value as Struct<F>;
    },
  };
};

const writeField = (out: XdrWriter, name: string, codec: Codec<unknown>, value: unknown): void => {
  try {
    codec.write(out, value);
  } catch (error) {
    if (error instanceof XdrError) throw new XdrError(`${name}: ${error.message}`);
    throw error;
  }
};

type Arms = Readonly<Record<string, readonly [number: number, codec: Codec<unknown>]>>;
type Union<A extends Arms> = { [K in keyof A]: { readonly type: K; readonly value: Value<A[K][1]> } }[keyof A];

/** One of several kinds, told apart by a number on the wire and by `type` here. */
export const union = <const A extends Arms>(arms: A): Codec<Union<A>> => {
  const types = new Map(Object.entries(arms).map(([type, [number]]) => [number, type]));
  return {
    write(out, { type, value }) {
      const arm = arms[type];
      if (!arm) throw new XdrError(`no kind ${String(type)}`);
      int.write(out, arm[0]);
      arm[1].write(out, value);
    },
    read(from) {
      const number = int.read(from);
      const type = types.get(number);
      const arm = type === undefined ? undefined : arms[type];
      if (!arm) throw new XdrError(`no kind has the number ${number}`);
      return { type, value: arm[1].read(from) } as Union<A>;
    },
  };
};

/** The same bytes under another TypeScript type. */
export const mapped = <W, T>(wire: Codec<W>, { from, to }: { from: (wire: W) => T; to: (value: T) => W }): Codec<T> => ({
  write: (out, value) => wire.write(out, to(value)),
  read: (reader) => from(wire.read(reader)),
});
