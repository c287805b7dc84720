import * as ids from './constants/domain-event.ts';
import type { EventMessage, Named } from './procedure.ts';
import { procedures } from './procedures.ts';

/** The message that brings each event of domains, by VIR_DOMAIN_EVENT_ID_. */
export const domainEvents = {
  [ids.VIR_DOMAIN_EVENT_ID_LIFECYCLE]: procedures.DOMAIN_EVENT_CALLBACK_LIFECYCLE,
  [ids.VIR_DOMAIN_EVENT_ID_REBOOT]: procedures.DOMAIN_EVENT_CALLBACK_REBOOT,
  [ids.VIR_DOMAIN_EVENT_ID_WATCHDOG]: procedures.DOMAIN_EVENT_CALLBACK_WATCHDOG,
  [ids.VIR_DOMAIN_EVENT_ID_GRAPHICS]: procedures.DOMAIN_EVENT_CALLBACK_GRAPHICS,
  [ids.VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON]: procedures.DOMAIN_EVENT_CALLBACK_IO_ERROR_REASON,
  [ids.VIR_DOMAIN_EVENT_ID_CONTROL_ERROR]: procedures.DOMAIN_EVENT_CALLBACK_CONTROL_ERROR,
  [ids.VIR_DOMAIN_EVENT_ID_DISK_CHANGE]: procedures.DOMAIN_EVENT_CALLBACK_DISK_CHANGE,
  [ids.VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE]: procedures.DOMAIN_EVENT_CALLBACK_BALLOON_CHANGE,
  [ids.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED]: procedures.DOMAIN_EVENT_CALLBACK_DEVICE_REMOVED,
  [ids.VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2]: procedures.DOMAIN_EVENT_BLOCK_JOB_2,
  [ids.VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE]: procedures.DOMAIN_EVENT_CALLBACK_AGENT_LIFECYCLE,
  [ids.VIR_DOMAIN_EVENT_ID_DEVICE_ADDED]: procedures.DOMAIN_EVENT_CALLBACK_DEVICE_ADDED,
  [ids.VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION]: procedures.DOMAIN_EVENT_CALLBACK_MIGRATION_ITERATION,
  [ids.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED]: procedures.DOMAIN_EVENT_CALLBACK_JOB_COMPLETED,
  [ids.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED]: procedures.DOMAIN_EVENT_CALLBACK_DEVICE_REMOVAL_FAILED,
  [ids.VIR_DOMAIN_EVENT_ID_METADATA_CHANGE]: procedures.DOMAIN_EVENT_CALLBACK_METADATA_CHANGE,
  [ids.VIR_DOMAIN_EVENT_ID_BLOCK_THRESHOLD]: procedures.DOMAIN_EVENT_BLOCK_THRESHOLD,
  [ids.VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE]: procedures.DOMAIN_EVENT_MEMORY_FAILURE,
  [ids.VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE]: procedures.DOMAIN_EVENT_MEMORY_DEVICE_SIZE_CHANGE,
};

export type DomainEventID = keyof typeof domainEvents;

type Payload<M> = M extends Named<EventMessage<infer E>> ? E : never;
type Flat<E> = E extends { readonly msg: infer M } ? M : Omit<E, 'callbackID'>;

/** What an event tells, by its id: always `dom`, and what libvirt adds. */
export type DomainEvent<ID extends DomainEventID> = Flat<Payload<(typeof domainEvents)[ID]>>;

type Message<ID extends DomainEventID> = { readonly callbackID: number } & (
  | { readonly msg: DomainEvent<ID> }
  | { readonly dom: unknown }
);

/** The message for an id, and its event without the envelope: older messages have the event one level down, newer ones do not. */
export const domainEvent = <ID extends DomainEventID>(id: ID) => ({
  message: domainEvents[id] as unknown as Named<EventMessage<Message<ID>>>,
  map: ({ callbackID: _, ...event }: Message<ID>) => ('msg' in event ? event.msg : event) as DomainEvent<ID>,
});
