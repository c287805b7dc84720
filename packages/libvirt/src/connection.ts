import type { Duplex } from 'node:stream';
import { type AddressOptions, resolveAddress } from './address.ts';
import type { Caller } from './caller.ts';
import { VIR_ERR_AUTH_FAILED, VIR_ERR_AUTH_UNAVAILABLE } from './constants/errors.ts';
import { VIR_CONNECT_RO } from './constants/host.ts';
import { domains } from './domains.ts';
import { LibvirtError } from './error.ts';
import type { KeepaliveOptions } from './keepalive.ts';
import { networks } from './network.ts';
import { node } from './node.ts';
import type { Named, Procedure } from './procedure.ts';
import { procedures } from './procedures.ts';
import { secrets } from './secret.ts';
import { type CallOptions, Session } from './session.ts';
import { storagePools, storageVolumes } from './storage.ts';
import { openStream } from './stream.ts';
import { openUnixSocket } from './transport.ts';

export type ConnectOptions = AddressOptions & {
  /** Gives the opening up; afterwards it has no effect. */
  readonly signal?: AbortSignal | undefined;
  /** For the opening, and for each call that is not by nature long, in ms; 0 is for ever. Default 30 000. */
  readonly timeoutMs?: number | undefined;
  /** Signs of life, both ways. Default: every 5 s of silence, 5 times. */
  readonly keepalive?: KeepaliveOptions | false | undefined;
};

/** libvirt's VIR_DRV_FEATURE_PROGRAM_KEEPALIVE; asking for it also switches the daemon's own questions on. */
const FEATURE_KEEPALIVE = 10;
const AUTH_NONE = 0;
const AUTH_POLKIT = 2;

/** Opens a connection. Rejects with a LibvirtError that names the socket and the cause. Nothing reconnects: see `closed`. */
export const connect = async (options: ConnectOptions): Promise<Connection> => {
  const { timeoutMs = 30_000, signal, readOnly = false, keepalive = { intervalMs: 5000, count: 5 } } = options;
  const address = resolveAddress(options);
  const signals = [signal ?? [], timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : []].flat();
  const transport = await openUnixSocket(address.socket, AbortSignal.any(signals));
  const session = new Session(transport, { timeoutMs, keepalive });
  try {
    await authenticate(session, { signal });
    if (keepalive) await session.call(procedures.CONNECT_SUPPORTS_FEATURE, { feature: FEATURE_KEEPALIVE }, { signal });
    await session.call(procedures.CONNECT_OPEN, { name: address.name, flags: readOnly ? VIR_CONNECT_RO : 0 }, { signal });
    return new Connection(session, options);
  } catch (error) {
    session.close();
    throw error;
  }
};

const authenticate = async (session: Session, options: CallOptions): Promise<void> => {
  const { types } = await session.call(procedures.AUTH_LIST, undefined, options);
  if (types.length === 0 || types.includes(AUTH_NONE)) return;
  if (!types.includes(AUTH_POLKIT)) {
    throw new LibvirtError('protocol', 'libvirt wants SASL, which is not spoken here yet', { code: VIR_ERR_AUTH_UNAVAILABLE });
  }
  const { complete } = await session.call(procedures.AUTH_POLKIT, undefined, options);
  if (!complete) throw new LibvirtError('protocol', 'polkit did not let us in', { code: VIR_ERR_AUTH_FAILED });
};

/** One connection to a daemon. Calls go in parallel, five at a time; long calls and streams want connections of their own. */
export class Connection {
  readonly domains: ReturnType<typeof domains>;
  readonly storagePools: ReturnType<typeof storagePools>;
  readonly storageVolumes: ReturnType<typeof storageVolumes>;
  readonly networks: ReturnType<typeof networks>;
  readonly secrets: ReturnType<typeof secrets>;
  readonly node: ReturnType<typeof node>;
  readonly session: Session;
  readonly #options: ConnectOptions;

  constructor(session: Session, options: ConnectOptions) {
    this.session = session;
    this.#options = options;
    const caller: Caller = {
      session,
      call: (procedure, args, options) => session.call(procedure, args, options),
      openStream: (procedure, args, options) => this.openStream(procedure, args, options),
    };
    this.domains = domains(caller);
    this.storagePools = storagePools(caller);
    this.storageVolumes = storageVolumes(caller);
    this.networks = networks(caller);
    this.secrets = secrets(caller);
    this.node = node(caller);
  }

  /** Resolves when the connection has ended: with the reason, or with nothing after close(). Never rejects. */
  get closed(): Promise<LibvirtError | undefined> {
    return this.session.ended;
  }

  /** Calls any procedure of the table: `connection.call(procedures.DOMAIN_RENAME, { ... })`. */
  call<A, R>(procedure: Named<Procedure<A, R>>, args: A, options?: CallOptions): Promise<R> {
    return this.session.call(procedure, args, options);
  }

  /** Opens a stream on a connection of its own, which is closed with it. The signal and time-out are for the opening. */
  async openStream<A>(procedure: Named<Procedure<A>>, args: A, options: CallOptions = {}): Promise<Duplex> {
    const { session } = await connect({ ...this.#options, signal: options.signal, keepalive: false });
    return openStream(session, procedure, args, options);
  }

  /** Takes leave of the daemon; never rejects. Calls in flight are rejected. */
  async close(): Promise<void> {
    // The daemon drops us just the same when the socket closes: its answer only makes it tidy.
    await this.call(procedures.CONNECT_CLOSE, undefined, { timeoutMs: 1000 }).catch(() => undefined);
    this.session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
