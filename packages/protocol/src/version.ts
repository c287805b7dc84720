/** Raised when a peer of the previous number could not be served any more. */
export const PROTOCOL_VERSION = 1;
