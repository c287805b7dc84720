import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VIR_ERR_INTERNAL_ERROR, VIR_ERR_RPC } from '../constants/errors.ts';
import * as message from '../message.ts';
import { type EventMessage, KEEPALIVE_PROGRAM, type Named, type Procedure } from '../procedure.ts';
import { procedures } from '../procedures.ts';
import { type RemoteError, remoteError } from '../wire-types.ts';
import { type Codec, decode, encode } from '../xdr.ts';

type Table = typeof procedures;
type CallName = { [K in keyof Table]: Table[K] extends Procedure ? K : never }[keyof Table];
type Args<K extends CallName> = Table[K] extends Named<Procedure<infer A, unknown>> ? A : never;
type Result<K extends CallName> = Table[K] extends Named<Procedure<infer _, infer R>> ? R : never;

/** How the fake answers, by libvirt's name of the call. A promise that is never resolved is a call that is never answered. */
export type Handlers = { [K in CallName]?: (args: Args<K>, client: FakeClient) => Result<K> | Promise<Result<K>> };

/** Thrown by a handler: the error struct that the client gets. */
export class Refusal {
  readonly error: RemoteError;
  constructor(error: Partial<RemoteError> & { readonly code: number }) {
    const empty = {
      domain: 0,
      message: null,
      level: 2,
      dom: null,
      str1: null,
      str2: null,
      str3: null,
      int1: 0,
      int2: 0,
      net: null,
    };
    this.error = { ...empty, ...error };
  }
}

/** What the fake knows of one client, and can do to it. */
export type FakeClient = {
  /** Any bytes. */
  raw(bytes: Buffer): void;
  event<E>(event: Named<EventMessage<E>>, payload: E): void;
  /** A packet for the stream that the client opened last. */
  packet(status: number, payload: Buffer): void;
  /** Asks the client for a sign of life. */
  ping(): void;
  destroy(): void;
  /** Every message that the client sent, in order. */
  readonly heard: message.Message[];
};

type Fake = {
  readonly socket: string;
  readonly clients: FakeClient[];
  [Symbol.asyncDispose](): Promise<void>;
};

const byNumber = new Map<string, Named<Procedure>>(
  Object.values(procedures).flatMap((entry): [string, Named<Procedure>][] =>
    entry.kind === 'call' ? [[`${entry.program}:${entry.number}`, entry as Named<Procedure>]] : [],
  ),
);

const opening: Handlers = {
  AUTH_LIST: () => ({ types: [0] }),
  CONNECT_SUPPORTS_FEATURE: () => ({ supported: 1 }),
  CONNECT_OPEN: () => undefined,
  CONNECT_CLOSE: () => undefined,
};

/** A daemon at the wire, for what a real one will not do on demand. It answers signs of life unless `mute`. */
export const fakeLibvirtd = async (handlers: Handlers = {}, { mute = false } = {}): Promise<Fake> => {
  const directory = await mkdtemp(join(tmpdir(), 'fake-libvirtd-'));
  const socket = join(directory, 'libvirt-sock');
  const clients: FakeClient[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => client.destroy());
    clients.push(serve(client, { ...opening, ...handlers }, mute));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { socket, clients, [Symbol.asyncDispose]: () => stop(server, sockets, directory) };
};

const stop = async (server: Server, sockets: Set<Socket>, directory: string): Promise<void> => {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of sockets) socket.destroy();
  await closed;
  await rm(directory, { recursive: true, force: true });
};

const serve = (socket: Socket, handlers: Handlers, mute: boolean): FakeClient => {
  const reader = new message.MessageReader();
  const send = (header: message.Header, payload: Buffer) => {
    if (!socket.destroyed) socket.write(Buffer.concat([message.head(header, payload.length), payload]));
  };
  const heard: message.Message[] = [];
  const client: FakeClient = {
    heard,
    raw: (bytes) => void socket.write(bytes),
    event: ({ program, number: procedure, payload: codec }, payload) =>
      send({ program, procedure, type: message.MESSAGE, serial: 0, status: message.OK }, encode(codec, payload)),
    packet: (status, payload) => {
      const call = heard.findLast(({ type }) => type === message.CALL);
      if (call) send({ ...call, type: message.STREAM, status }, payload);
    },
    ping: () => send({ program: KEEPALIVE_PROGRAM, procedure: 1, type: message.MESSAGE, serial: 0, status: 0 }, Buffer.alloc(0)),
    destroy: () => void socket.destroy(),
  };
  const take = (received: message.Message) => {
    heard.push(received);
    if (received.program === KEEPALIVE_PROGRAM && received.procedure === 1 && !mute)
      send({ ...received, procedure: 2 }, Buffer.alloc(0));
    if (received.type === message.CALL) answer(received, handlers, client, send);
  };
  socket.on('data', (chunk: Buffer) => {
    for (const received of reader.push(chunk)) take(received);
  });
  return client;
};

type Send = (header: message.Header, payload: Buffer) => void;

const answer = async (call: message.Message, handlers: Handlers, client: FakeClient, send: Send): Promise<void> => {
  const procedure = byNumber.get(`${call.program}:${call.procedure}`);
  const handler = handlers[procedure?.name as CallName] as ((args: unknown, client: FakeClient) => unknown) | undefined;
  const reply = { ...call, type: message.REPLY };
  try {
    if (!procedure || !handler) throw new Refusal({ code: VIR_ERR_RPC, message: `unknown procedure: ${call.procedure}` });
    const result = await handler(decode(procedure.args, call.payload), client);
    send({ ...reply, status: message.OK }, encode(procedure.result as Codec<unknown>, result));
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal({ code: VIR_ERR_INTERNAL_ERROR, message: String(error) });
    send({ ...reply, status: message.ERROR }, encode(remoteError, refusal.error));
  }
};
