import type { Duplex } from 'node:stream';
import { VIR_ERR_OPERATION_ABORTED, VIR_ERR_OPERATION_TIMEOUT } from './constants/errors.ts';
import { closedError, LibvirtError, protocolError, serverError } from './error.ts';
import { type Keepalive, type KeepaliveOptions, keepalive } from './keepalive.ts';
import * as message from './message.ts';
import { type EventMessage, KEEPALIVE_PROGRAM, type Named, type Procedure } from './procedure.ts';
import { remoteError } from './wire-types.ts';
import { type Codec, decode, encode } from './xdr.ts';

export type CallOptions = {
  /** Stops the waiting, not the call: libvirt has no way to take a call back. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for the reply, from now, queueing included; 0 is for ever. Default: the session's, none for a call that may rightly be long. */
  readonly timeoutMs?: number | undefined;
};

export type SessionOptions = {
  readonly timeoutMs: number;
  readonly keepalive: KeepaliveOptions | false;
};

/** A daemon stops reading a connection with more calls than this in flight (its max_client_requests). */
const IN_FLIGHT = 5;
/** Of them, the most that may hang on a guest: one is left for the calls that cannot. */
const SLOW_IN_FLIGHT = 4;
const PING = 1;
const PONG = 2;

type AnyProcedure = Named<Procedure>;
/** Who takes a stream's packets, and learns the serial that names it. */
export type PacketReceiver = { opened(serial: number): void; packet(packet: message.Message): void };
type Request = {
  readonly procedure: AnyProcedure;
  readonly payload: Buffer;
  readonly receiver: PacketReceiver | undefined;
  /** Nobody waits any more; the slot is taken until the reply arrives all the same. */
  given: boolean;
  resolve(reply: message.Message): void;
  reject(error: LibvirtError): void;
};

/** One conversation with a daemon: calls by serial, events, stream packets, signs of life. Ends once, with the reason. */
export class Session {
  /** Resolves when the session has ended: with the error, or with nothing after close(). Never rejects. */
  readonly ended: Promise<LibvirtError | undefined>;
  readonly #transport: Duplex;
  readonly #timeoutMs: number;
  readonly #reader = new message.MessageReader();
  readonly #queue: Request[] = [];
  readonly #inFlight = new Map<number, Request>();
  readonly #streams = new Map<number, PacketReceiver>();
  readonly #listeners = new Map<string, Set<(payload: Buffer) => void>>();
  readonly #resolveEnded: (reason: LibvirtError | undefined) => void;
  #slow = 0;
  #serial = 0;
  #end: LibvirtError | undefined;
  #keepalive: Keepalive | undefined;

  constructor(transport: Duplex, options: SessionOptions) {
    const { promise, resolve } = Promise.withResolvers<LibvirtError | undefined>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#transport = transport;
    this.#timeoutMs = options.timeoutMs;
    transport.on('data', (chunk: Buffer) => this.#received(chunk));
    transport.on('error', (error) => this.#finish(closedError(`the connection to libvirt broke: ${error.message}`, error)));
    transport.on('close', () => this.#finish(closedError('libvirt closed the connection')));
    if (options.keepalive) this.#keepalive = this.#startKeepalive(options.keepalive);
  }

  /** Why nothing more can be sent, once that is so. */
  get endError(): LibvirtError | undefined {
    return this.#end;
  }

  /** Calls a procedure; rejects with a LibvirtError. */
  async call<A, R>(procedure: Named<Procedure<A, R>>, args: A, options: CallOptions = {}): Promise<R> {
    const reply = await this.#request(procedure, args, options);
    return decodeReply(procedure, procedure.result, reply);
  }

  /** Calls a procedure that opens a stream: from the moment that it is sent, its packets go to the receiver. */
  async openStream<A>(procedure: Named<Procedure<A>>, args: A, receiver: PacketReceiver, options: CallOptions): Promise<void> {
    const reply = await this.#request(procedure, args, options, receiver);
    decodeReply(procedure, procedure.result, reply);
  }

  /** Sends a packet of a stream; the callback comes when the bytes are on their way. */
  sendPacket(
    procedure: AnyProcedure,
    serial: number,
    status: number,
    payload: Buffer,
    sent?: (error?: Error | null) => void,
  ): void {
    const { program, number } = procedure;
    this.#send({ program, procedure: number, type: message.STREAM, serial, status }, payload, sent);
  }

  /** Hears every message of one kind until the returned function is called. */
  listen<E>(event: Named<EventMessage<E>>, listener: (payload: E) => void): () => void {
    const key = `${event.program}:${event.number}`;
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners);
    const hear = (payload: Buffer) => listener(decodePayload(event.name, event.payload, payload));
    listeners.add(hear);
    return () => listeners.delete(hear);
  }

  /** Stops and resumes reading: whoever owns the whole connection (a stream) slows the daemon down by it. */
  pause(): void {
    this.#transport.pause();
  }

  resume(): void {
    this.#transport.resume();
  }

  /** Ends the session; calls in flight are rejected with this message. */
  close(reason = 'the connection was closed here'): void {
    this.#finish(closedError(reason), true);
  }

  #request<A, R>(
    procedure: Named<Procedure<A, R>>,
    args: A,
    options: CallOptions,
    receiver?: PacketReceiver,
  ): Promise<message.Message> {
    const payload = encodePayload(procedure.name, procedure.args, args);
    return new Promise((resolve, reject) => {
      const request: Request = { procedure, payload, receiver, given: false, resolve, reject };
      if (this.#end) return reject(this.#end);
      const { signal, timeoutMs = procedure.long ? 0 : this.#timeoutMs } = options;
      const abort = () => this.#giveUp(request, aborted(procedure, signal));
      if (signal?.aborted) return reject(aborted(procedure, signal));
      const timer =
        timeoutMs > 0 ? setTimeout(() => this.#giveUp(request, timedOut(procedure, timeoutMs)), timeoutMs) : undefined;
      signal?.addEventListener('abort', abort, { once: true });
      const settled = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        request.given = true;
      };
      request.resolve = (reply) => {
        settled();
        resolve(reply);
      };
      request.reject = (error) => {
        settled();
        reject(error);
      };
      this.#queue.push(request);
      this.#pump();
    });
  }

  #giveUp(request: Request, error: LibvirtError): void {
    const queued = this.#queue.indexOf(request);
    if (queued >= 0) this.#queue.splice(queued, 1);
    request.reject(error);
  }

  #pump(): void {
    while (this.#inFlight.size < IN_FLIGHT) {
      const next = this.#queue.findIndex(({ procedure }) => procedure.high || this.#slow < SLOW_IN_FLIGHT);
      const [request] = next < 0 ? [] : this.#queue.splice(next, 1);
      if (!request) return;
      this.#start(request);
    }
  }

  #start(request: Request): void {
    const { procedure, payload, receiver } = request;
    this.#serial = (this.#serial % 0xffffffff) + 1;
    const serial = this.#serial;
    this.#inFlight.set(serial, request);
    if (!procedure.high) this.#slow += 1;
    if (receiver) this.#streams.set(serial, receiver);
    receiver?.opened(serial);
    const { program, number } = procedure;
    this.#send({ program, procedure: number, type: message.CALL, serial, status: message.OK }, payload);
  }

  #send(header: message.Header, payload: Buffer, sent?: (error?: Error | null) => void): void {
    this.#transport.cork();
    this.#transport.write(message.head(header, payload.length), payload.length === 0 ? sent : undefined);
    if (payload.length > 0) this.#transport.write(payload, sent);
    this.#transport.uncork();
  }

  #received(chunk: Buffer): void {
    this.#keepalive?.heard();
    try {
      for (const each of this.#reader.push(chunk)) {
        if (this.#end) return;
        this.#dispatch(each);
      }
    } catch (error) {
      this.#finish(error instanceof LibvirtError ? error : protocolError('a message could not be handled', undefined, error));
    }
  }

  #dispatch(received: message.Message): void {
    const { type, program, procedure, serial } = received;
    if (program === KEEPALIVE_PROGRAM) this.#answerKeepalive(procedure);
    else if (type === message.REPLY) this.#reply(received);
    else if (type === message.MESSAGE) this.#hear(received);
    // A stream that was given up may still have packets under way: they are dropped.
    else if (type === message.STREAM || type === message.STREAM_HOLE) this.#streams.get(serial)?.packet(received);
    else throw protocolError(`libvirt sent a message of type ${type}`);
  }

  #reply(received: message.Message): void {
    const request = this.#inFlight.get(received.serial);
    if (!request) throw protocolError(`libvirt replied to call ${received.serial}, which is not in flight`);
    const { program, number, name, high } = request.procedure;
    if (program !== received.program || number !== received.procedure) {
      throw protocolError(`libvirt replied to call ${received.serial} (${name}) as procedure ${received.procedure}`);
    }
    this.#inFlight.delete(received.serial);
    if (!high) this.#slow -= 1;
    if (!request.given) request.resolve(received);
    this.#pump();
  }

  #hear({ program, procedure, payload }: message.Message): void {
    for (const listener of this.#listeners.get(`${program}:${procedure}`) ?? []) listener(payload);
  }

  #startKeepalive(options: KeepaliveOptions): Keepalive {
    const seconds = (options.intervalMs * (options.count + 1)) / 1000;
    return keepalive(options, {
      ping: () => this.#sendKeepalive(PING),
      dead: () => this.#finish(closedError(`libvirt gave no sign of life for ${seconds} s`)),
    });
  }

  #answerKeepalive(procedure: number): void {
    if (procedure === PING) this.#sendKeepalive(PONG);
  }

  #sendKeepalive(procedure: number): void {
    this.#send({ program: KEEPALIVE_PROGRAM, procedure, type: message.MESSAGE, serial: 0, status: message.OK }, Buffer.alloc(0));
  }

  #finish(error: LibvirtError, wanted = false): void {
    if (this.#end) return;
    this.#end = error;
    this.#keepalive?.stop();
    const waiting = [...this.#inFlight.values(), ...this.#queue.splice(0)];
    this.#inFlight.clear();
    this.#streams.clear();
    this.#listeners.clear();
    for (const request of waiting) if (!request.given) request.reject(error);
    this.#transport.destroy();
    this.#resolveEnded(wanted ? undefined : error);
  }
}

const encodePayload = <T>(name: string, codec: Codec<T>, value: T): Buffer => {
  try {
    return encode(codec, value);
  } catch (error) {
    throw protocolError(`${name} cannot be sent: ${(error as Error).message}`, name, error);
  }
};

const decodePayload = <T>(name: string, codec: Codec<T>, payload: Buffer): T => {
  try {
    return decode(codec, payload);
  } catch (error) {
    throw protocolError(`${name} cannot be read: ${(error as Error).message}`, name, error);
  }
};

const decodeReply = <R>({ name }: AnyProcedure, result: Codec<R>, reply: message.Message): R => {
  if (reply.status === message.OK) return decodePayload(name, result, reply.payload);
  throw serverError(decodePayload(name, remoteError, reply.payload), name);
};

const timedOut = ({ name }: AnyProcedure, timeoutMs: number): LibvirtError =>
  new LibvirtError('timeout', `libvirt did not answer ${name} within ${timeoutMs} ms`, {
    code: VIR_ERR_OPERATION_TIMEOUT,
    procedure: name,
  });

const aborted = ({ name }: AnyProcedure, signal: AbortSignal | undefined): LibvirtError =>
  new LibvirtError('aborted', `${name} was given up here`, {
    code: VIR_ERR_OPERATION_ABORTED,
    procedure: name,
    cause: signal?.reason,
  });
