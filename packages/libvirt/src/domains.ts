import type { Caller } from './caller.ts';
import { type Domain, domain } from './domain.ts';
import { type DomainEvent, type DomainEventID, domainEvent } from './events.ts';
import { type ParameterValue, parametersToRecord } from './parameters.ts';
import { procedures } from './procedures.ts';
import { registrations } from './registration.ts';
import type { CallOptions } from './session.ts';
import { type Subscription, type SubscriptionOptions, subscribe } from './subscription.ts';
import type { DomainReference } from './wire-types.ts';

/** A domain and its statistics by libvirt's names (`state.state`, `net.0.rx.bytes`). */
export type DomainStats = { readonly domain: Domain; readonly stats: Record<string, ParameterValue> };

const reference = (uuid: string): DomainReference => ({ name: '', uuid, id: -1 });

/** The domains of a host. */
export const domains = (caller: Caller) => {
  const { call } = caller;
  const registry = registrations(caller.session);
  const handle = (dom: DomainReference): Domain => domain(caller, dom);
  return {
    /** A domain by its UUID alone, without asking the daemon whether it exists; its name is '' and its id -1. */
    handle: (uuid: string): Domain => handle(reference(uuid)),

    /** All domains, running or not; VIR_CONNECT_LIST_DOMAINS_ filters. */
    async list(flags = 0, options?: CallOptions): Promise<Domain[]> {
      const { domains } = await call(procedures.CONNECT_LIST_ALL_DOMAINS, { need_results: 1, flags }, options);
      return domains.map(handle);
    },
    /** By UUID; rejects, isNotFound, when there is none. */
    async lookup(uuid: string, options?: CallOptions): Promise<Domain> {
      return handle((await call(procedures.DOMAIN_LOOKUP_BY_UUID, { uuid }, options)).dom);
    },
    async byName(name: string, options?: CallOptions): Promise<Domain> {
      return handle((await call(procedures.DOMAIN_LOOKUP_BY_NAME, { name }, options)).dom);
    },
    /** By the number that a running domain has. */
    async byId(id: number, options?: CallOptions): Promise<Domain> {
      return handle((await call(procedures.DOMAIN_LOOKUP_BY_ID, { id }, options)).dom);
    },
    /** Makes or replaces a definition (VIR_DOMAIN_DEFINE_); nothing is started. */
    async define(xml: string, flags = 0, options?: CallOptions): Promise<Domain> {
      return handle((await call(procedures.DOMAIN_DEFINE_XML_FLAGS, { xml, flags }, options)).dom);
    },
    /** Starts a domain that is gone when it stops (VIR_DOMAIN_START_). */
    async create(xml: string, flags = 0, options?: CallOptions): Promise<Domain> {
      return handle((await call(procedures.DOMAIN_CREATE_XML, { xml_desc: xml, flags }, options)).dom);
    },
    /** Starts a domain from a file that save() wrote; `dxml` replaces what may differ (paths, NICs), where the driver lets it. */
    async restore(
      from: string,
      { dxml = null, flags = 0, ...options }: CallOptions & { dxml?: string | null; flags?: number } = {},
    ): Promise<void> {
      await call(procedures.DOMAIN_RESTORE_FLAGS, { from, dxml, flags }, options);
    },
    /** Statistics of many domains in one call (VIR_DOMAIN_STATS_ groups; none given is all domains). Costs about 10 ms a running domain. */
    async stats(
      groups: number,
      { uuids = [], flags = 0, ...options }: CallOptions & { uuids?: readonly string[]; flags?: number } = {},
    ): Promise<DomainStats[]> {
      const args = { doms: uuids.map(reference), stats: groups, flags };
      const { retStats } = await call(procedures.CONNECT_GET_ALL_DOMAIN_STATS, args, options);
      return retStats.map(({ dom, params }) => ({ domain: handle(dom), stats: parametersToRecord(params) }));
    },
    /** Events of one kind (VIR_DOMAIN_EVENT_ID_), of all domains or of one. Registers at once; await `ready` before taking stock. */
    events<ID extends DomainEventID>(
      eventID: ID,
      { uuid, ...options }: SubscriptionOptions & { readonly uuid?: string } = {},
    ): Subscription<DomainEvent<ID>> {
      const registration = {
        register: procedures.CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY,
        args: { eventID, dom: uuid === undefined ? null : reference(uuid) },
        deregister: procedures.CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY,
        ...domainEvent(eventID),
      };
      return subscribe(caller.session, (taker) => registry.join(registration, taker), options);
    },
  };
};
