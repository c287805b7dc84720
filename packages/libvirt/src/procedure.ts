import { type Codec, nothing, struct, type Value } from './xdr.ts';

/** Programs of libvirt's RPC that every driver serves, by number. */
export const REMOTE_PROGRAM = 0x20008086;
export const KEEPALIVE_PROGRAM = 0x6b656570;

type Fields = Readonly<Record<string, Codec<unknown>>>;
type Payload<F extends Fields | undefined> = F extends Fields ? { readonly [K in keyof F]: Value<F[K]> } : undefined;

/** How the daemon treats a call, and what it opens. */
export type Traits = {
  /** Served by the workers that stay free for calls which cannot block on a guest. */
  readonly high?: true;
  /** May rightly take minutes (a guest's memory is written, a disk is copied): no time-out unless the caller sets one. */
  readonly long?: true;
  /** Bytes follow the reply, towards us, from us, or both. */
  readonly stream?: 'download' | 'upload' | 'both';
};

export type Procedure<A = unknown, R = unknown> = Traits & {
  readonly kind: 'call';
  readonly number: number;
  readonly args: Codec<A>;
  readonly result: Codec<R>;
};
export type EventMessage<E = unknown> = { readonly kind: 'event'; readonly number: number; readonly payload: Codec<E> };

/** What a table's entry is once it knows its name and its program. */
export type Named<P> = P & { readonly name: string; readonly program: number };

const payload = <F extends Fields | undefined>(fields: F): Codec<Payload<F>> =>
  (fields ? struct(fields) : nothing) as Codec<Payload<F>>;

/** Declares a call: its number, the fields of its arguments and of its result. */
export const call = <A extends Fields | undefined = undefined, R extends Fields | undefined = undefined>(
  number: number,
  args?: A,
  result?: R,
  traits: Traits = {},
): Procedure<Payload<A>, Payload<R>> => ({
  kind: 'call',
  number,
  args: payload(args) as Codec<Payload<A>>,
  result: payload(result) as Codec<Payload<R>>,
  ...traits,
});

/** Declares a message that the daemon sends unasked. */
export const event = <E extends Fields>(number: number, fields: E): EventMessage<Payload<E>> => ({
  kind: 'event',
  number,
  payload: payload(fields),
});

type Table = Readonly<Record<string, Procedure | EventMessage>>;

/** Gives each entry its name and its program. */
export const program = <const T extends Table>(program: number, table: T): { readonly [K in keyof T]: Named<T[K]> } => {
  const named = Object.entries(table).map(([key, entry]) => [key, { ...entry, name: key, program }]);
  return Object.fromEntries(named);
};
