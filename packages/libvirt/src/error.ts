import * as codes from './constants/errors.ts';
import type { RemoteError } from './wire-types.ts';

/**
 * Where an error comes from: `server`: the daemon refused or failed the call; `timeout` and `aborted`: we gave up waiting, and the call may
 * still take effect; `closed`: the connection ended first, and the call may have taken effect; `protocol`: what came, or what
 * was to be sent, does not fit libvirt's protocol; `overflow`: events came faster than they were taken, and some are lost.
 */
export type ErrorOrigin = 'server' | 'timeout' | 'aborted' | 'closed' | 'protocol' | 'overflow';

type Details = {
  readonly code: number;
  /** The part of libvirt that raised it (virErrorDomain); 0 for our own. */
  readonly domain?: number;
  readonly level?: number;
  readonly procedure?: string | undefined;
  /** libvirt's raw strings str1, str2, str3, as far as they are set. */
  readonly strings?: readonly string[];
  readonly cause?: unknown;
};

/** Anything that fails between us and libvirt. `code` is always one of libvirt's VIR_ERR_ numbers, also for errors of our own. */
export class LibvirtError extends Error {
  override readonly name = 'LibvirtError';
  readonly origin: ErrorOrigin;
  readonly code: number;
  readonly domain: number;
  readonly level: number;
  /** The call that failed, by libvirt's name of it. */
  readonly procedure: string | undefined;
  readonly strings: readonly string[];

  constructor(origin: ErrorOrigin, message: string, details: Details) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.origin = origin;
    this.code = details.code;
    this.domain = details.domain ?? 0;
    this.level = details.level ?? codes.VIR_ERR_ERROR;
    this.procedure = details.procedure;
    this.strings = details.strings ?? [];
  }

  /** libvirt's name of the code: `VIR_ERR_NO_DOMAIN`. */
  get codeName(): string {
    return codeNames.get(this.code) ?? `VIR_ERR_${this.code}`;
  }
}

const levels = ['VIR_ERR_NONE', 'VIR_ERR_WARNING', 'VIR_ERR_ERROR'];
const codeNames = new Map(
  Object.entries(codes)
    .filter(([name]) => !levels.includes(name))
    .map(([name, number]) => [number as number, name]),
);

/** Makes the error that a daemon answered with. */
export const serverError = (error: RemoteError, procedure?: string): LibvirtError =>
  new LibvirtError('server', error.message ?? `libvirt error ${error.code}`, {
    ...error,
    procedure,
    strings: [error.str1, error.str2, error.str3].filter((text) => text !== null),
  });

export const closedError = (message: string, cause?: unknown): LibvirtError =>
  new LibvirtError('closed', message, { code: codes.VIR_ERR_RPC, cause });

export const protocolError = (message: string, procedure?: string, cause?: unknown): LibvirtError =>
  new LibvirtError('protocol', message, { code: codes.VIR_ERR_RPC, procedure, cause });

const notFound: readonly number[] = [
  codes.VIR_ERR_NO_DOMAIN,
  codes.VIR_ERR_NO_NETWORK,
  codes.VIR_ERR_NO_STORAGE_POOL,
  codes.VIR_ERR_NO_STORAGE_VOL,
  codes.VIR_ERR_NO_NODE_DEVICE,
  codes.VIR_ERR_NO_SECRET,
  codes.VIR_ERR_NO_NWFILTER,
  codes.VIR_ERR_NO_NWFILTER_BINDING,
  codes.VIR_ERR_NO_DOMAIN_SNAPSHOT,
  codes.VIR_ERR_NO_DOMAIN_CHECKPOINT,
  codes.VIR_ERR_NO_DOMAIN_METADATA,
];

/** Asks whether an error of the daemon has one of the codes. */
export const hasCode = (error: unknown, ...wanted: readonly number[]): error is LibvirtError =>
  error instanceof LibvirtError && error.origin === 'server' && wanted.includes(error.code);

/** The object (domain, volume, network, ...) does not exist. */
export const isNotFound = (error: unknown): error is LibvirtError => hasCode(error, ...notFound);

/** The object's state does not allow it (start of a running domain, destroy of a stopped one). */
export const isInvalidState = (error: unknown): error is LibvirtError => hasCode(error, codes.VIR_ERR_OPERATION_INVALID);

/** This driver, or this version of it, cannot do it at all. */
export const isUnsupported = (error: unknown): error is LibvirtError =>
  hasCode(
    error,
    codes.VIR_ERR_NO_SUPPORT,
    codes.VIR_ERR_OPERATION_UNSUPPORTED,
    codes.VIR_ERR_CONFIG_UNSUPPORTED,
    codes.VIR_ERR_ARGUMENT_UNSUPPORTED,
  );

/** The connection is gone; what was in flight may or may not have happened. */
export const isClosed = (error: unknown): error is LibvirtError => error instanceof LibvirtError && error.origin === 'closed';

/** We stopped waiting: by our own time-out, or because libvirt gave up on the guest. */
export const isTimeout = (error: unknown): error is LibvirtError =>
  (error instanceof LibvirtError && error.origin === 'timeout') ||
  hasCode(error, codes.VIR_ERR_OPERATION_TIMEOUT, codes.VIR_ERR_AGENT_UNRESPONSIVE);
