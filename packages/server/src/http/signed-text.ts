import type { RawParameter, RawParameters } from './parameters.ts';

/**
 * Clients disagree on what URL encoding leaves as it is. Java (the reference) encodes `~` and leaves `*`; Go and Python leave `~`, CloudMonkey and
 * csclient encode `*`, libcloud leaves brackets (and of today `*` too), JavaScript leaves `!'()`. Each group is one way or the other in all of a
 * request.
 */
const groups = ['~', '*', '[]', "!'()"] as const;
/** By bits: which groups a client leaves as they are. The reference first, then the others that we know of. */
const habits = [0b0010, 0b0011, 0b0001, 0b0101, 0b0111, 0b1001, 0b1011] as const;
const every = Array.from({ length: 2 ** groups.length }, (_, literal) => literal);

/** One way to write down a request for its signature. */
export type Manner = {
  /** The groups that stay as they are, by bits. */
  readonly literal: number;
  /** Parameters in the order of their names as they were written, or in lower case. */
  readonly order: 'lower' | 'written';
  readonly names: 'plain' | 'encoded';
};

type Encoded = RawParameter & { readonly bytes: Buffer };
/** A request whose signature is to be looked at. */
export type SignedRequest = {
  readonly orders: Readonly<Partial<Record<Manner['order'], readonly Encoded[]>>>;
  /** The groups that occur in its values, by bits. */
  readonly groups: number;
  readonly bracketsInNames: boolean;
  /** How long its text can become, bytes. */
  readonly longest: number;
};

export function signedRequest(parameters: RawParameters): SignedRequest {
  const all = [...parameters.values()]
    .filter(({ name }) => name.toLowerCase() !== 'signature')
    .map((parameter) => ({ ...parameter, bytes: Buffer.from(parameter.value) }));
  const lower = all.toSorted(byName(({ name }) => name.toLowerCase()));
  const written = all.toSorted(byName(({ name }) => name));
  const values = all.map(({ value }) => value);
  return {
    orders: written.every((one, index) => one === lower[index]) ? { lower } : { lower, written },
    groups: groups.reduce((bits, group, index) => bits | (occurs(group, values) ? 1 << index : 0), 0),
    bracketsInNames: all.some(({ name }) => /[[\]]/.test(name)),
    longest: all.reduce((sum, { name, bytes }) => sum + 3 * (Buffer.byteLength(name) + bytes.length) + 2, 0),
  };
}

const occurs = (group: string, texts: readonly string[]): boolean =>
  [...group].some((character) => texts.some((text) => text.includes(character)));

const byName =
  <T extends RawParameter>(name: (parameter: T) => string) =>
  (a: T, b: T) =>
    name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0;

/** Texts longer than this are tried in the ways of known clients alone. */
const long = 64 * 1024;

/** The manners that make a difference for this request, the usual ones first. */
export function mannersOf(request: SignedRequest): readonly Manner[] {
  const literals = new Set([...habits, ...(request.longest > long ? [] : every)].map((literal) => literal & request.groups));
  const orders = Object.keys(request.orders) as Manner['order'][];
  const names: readonly Manner['names'][] = request.bracketsInNames ? ['plain', 'encoded'] : ['plain'];
  return names.flatMap((name) => [...literals].flatMap((literal) => orders.map((order) => ({ literal, order, names: name }))));
}

/** Room for the texts of a request, one after another: a text may have millions of bytes. */
export const roomFor = ({ longest }: SignedRequest): Buffer => Buffer.allocUnsafe(longest);

/** The text that is signed in that manner: in lower case, written into `room`. */
export function signedText(request: SignedRequest, { literal, order, names }: Manner, room: Buffer): Buffer {
  const table = tableOf(literal);
  let at = 0;
  for (const { name, bytes } of request.orders[order] ?? request.orders.lower!) {
    if (at > 0) room[at++] = 0x26; // &
    at += room.write(names === 'plain' ? name.toLowerCase() : encodeURIComponent(name).toLowerCase(), at);
    room[at++] = 0x3d; // =
    at = encode(bytes, table, room, at);
  }
  return room.subarray(0, at);
}

function encode(bytes: Buffer, table: Uint8Array, room: Buffer, start: number): number {
  let at = start;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!;
    const plain = table[byte]!;
    if (plain > 0) room[at++] = plain;
    else {
      room[at++] = 0x25; // %
      room[at++] = digits[byte >> 4]!;
      room[at++] = digits[byte & 15]!;
    }
  }
  return at;
}

const digits = Buffer.from('0123456789abcdef');
const always = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';

/** What becomes of each byte; 0: it is encoded. */
const tables = every.map((literal) => {
  const table = new Uint8Array(256);
  const plain = always + groups.filter((_, index) => literal & (1 << index)).join('');
  for (const character of plain) table[character.charCodeAt(0)] = character.toLowerCase().charCodeAt(0);
  return table;
});
const tableOf = (literal: number): Uint8Array => tables[literal]!;
