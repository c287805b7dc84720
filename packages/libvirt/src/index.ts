export { type Address, type AddressOptions, resolveAddress } from './address.ts';
export { type Connection, type ConnectOptions, connect } from './connection.ts';
export * from './constants.ts';
export type { Domain } from './domain.ts';
export type { DomainStats } from './domains.ts';
export {
  type ErrorOrigin,
  hasCode,
  isClosed,
  isInvalidState,
  isNotFound,
  isTimeout,
  isUnsupported,
  LibvirtError,
} from './error.ts';
export type { DomainEvent, DomainEventID } from './events.ts';
export type { KeepaliveOptions } from './keepalive.ts';
export type { Network } from './network.ts';
export { type ParameterValue, parameter, parametersToRecord } from './parameters.ts';
export type { EventMessage, Named, Procedure } from './procedure.ts';
export { procedures } from './procedures.ts';
export type { Secret } from './secret.ts';
export type { CallOptions } from './session.ts';
export type { StoragePool, StorageVolume } from './storage.ts';
export { EVENT_BUFFER, type Subscription, type SubscriptionOptions } from './subscription.ts';
export type { DomainReference, StorageVolumeReference, TypedParameter } from './wire-types.ts';
/** Documents: what an element has, reading and writing. Their names are the handles' names, so they have a drawer of their own. */
export * as xml from './xml/index.ts';
