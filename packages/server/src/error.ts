/** CloudStack's error kinds; the number is both the HTTP status and `errorcode` (facts: HTTP status = errorcode). */
export const errorCodes = {
  unauthorized: 401,
  method: 405,
  'too-many-requests': 429,
  malformed: 430,
  parameter: 431,
  unsupported: 432,
  'second-factor': 511,
  internal: 530,
  account: 531,
  'resource-limit': 532,
  capacity: 533,
  unavailable: 534,
  allocation: 535,
  'in-use': 536,
  conflict: 537,
} as const;
export type ErrorKind = keyof typeof errorCodes;

type ErrorOptions = {
  readonly cause?: unknown;
  readonly detail?: unknown;
  readonly forAdmins?: string;
  readonly retryAfterMs?: number;
};

/**
 * The one error that reaches a caller. `message` is for the user: cause, numbers, next step; `forAdmins` says it to those who may read of hosts, paths and
 * programs; `detail` is for the log.
 */
export class CloudError extends Error {
  override readonly name = 'CloudError';
  readonly kind: ErrorKind;
  readonly detail: unknown;
  readonly forAdmins: string | undefined;
  /** When it is worth trying again. */
  readonly retryAfterMs: number | undefined;
  constructor(kind: ErrorKind, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.detail = options.detail;
    this.forAdmins = options.forAdmins;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export const isCloudError = (error: unknown): error is CloudError => error instanceof CloudError;

/** What an admin, or anybody else, is told. */
export const wordsFor = (admin: boolean, error: CloudError): string => (admin ? error.forAdmins : undefined) ?? error.message;

/** CloudStack's words for an id that names nothing the caller may see: the same whether it does not exist or is somebody else's. */
export const noSuchEntity = (parameter: string, entity: string): CloudError =>
  new CloudError(
    'parameter',
    `Unable to find a ${entity} with the given ${parameter}: it does not exist, or it is not yours to see.`,
  );
