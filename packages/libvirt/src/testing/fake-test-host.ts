import { VIR_DOMAIN_RUNNING, VIR_DOMAIN_SHUTOFF } from '../constants/domain.ts';
import {
  VIR_DOMAIN_EVENT_STARTED,
  VIR_DOMAIN_EVENT_STARTED_BOOTED,
  VIR_DOMAIN_EVENT_STOPPED,
  VIR_DOMAIN_EVENT_STOPPED_DESTROYED,
} from '../constants/domain-event.ts';
import { VIR_ERR_INVALID_ARG, VIR_ERR_NO_DOMAIN, VIR_ERR_OPERATION_INVALID } from '../constants/errors.ts';
import { procedures } from '../procedures.ts';
import { type FakeClient, type Handlers, Refusal } from './fake-libvirtd.ts';

const uuid = '6695eb01-f6a4-8304-79aa-97f2502e193f';

/** What libvirt's test:///default shows, as far as the suite of both looks: one domain that runs, is stopped, is started. */
export const testHost = (): Handlers => {
  let id = 1;
  let callbackID = 0;
  const listeners = new Map<number, FakeClient>();
  const dom = () => ({ name: 'test', uuid, id });
  const find = (matches: boolean) => {
    if (!matches) throw new Refusal({ code: VIR_ERR_NO_DOMAIN, domain: 12, message: 'Domain not found' });
    return { dom: dom() };
  };
  const tell = (event: number, detail: number) => {
    for (const [callbackID, client] of listeners)
      client.event(procedures.DOMAIN_EVENT_CALLBACK_LIFECYCLE, { callbackID, msg: { dom: dom(), event, detail } });
  };
  const change = (wanted: { uuid: string }, running: boolean) => {
    find(wanted.uuid === uuid);
    if (id >= 0 === running) throw new Refusal({ code: VIR_ERR_OPERATION_INVALID, message: 'domain is in the wrong state' });
    id = running ? 2 : -1;
    if (running) tell(VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_BOOTED);
    else tell(VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED);
  };
  return {
    CONNECT_LIST_ALL_DOMAINS: () => ({ domains: [dom()], ret: 1 }),
    DOMAIN_LOOKUP_BY_UUID: (args) => find(args.uuid === uuid),
    DOMAIN_LOOKUP_BY_NAME: (args) => find(args.name === 'test'),
    DOMAIN_LOOKUP_BY_ID: (args) => find(args.id === id),
    DOMAIN_GET_XML_DESC: (args) => find(args.dom.uuid === uuid) && { xml: `<domain type='test'><name>test</name></domain>` },
    DOMAIN_GET_STATE: () => ({ state: id < 0 ? VIR_DOMAIN_SHUTOFF : VIR_DOMAIN_RUNNING, reason: 0 }),
    DOMAIN_DESTROY_FLAGS: (args) => void change(args.dom, false),
    DOMAIN_CREATE_WITH_FLAGS: (args) => {
      change(args.dom, true);
      return { dom: dom() };
    },
    // Like the real one, it refuses a connection's second registration for the same event.
    CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: (_, client) => {
      if ([...listeners.values()].includes(client))
        throw new Refusal({ code: VIR_ERR_INVALID_ARG, message: 'event callback already tracked' });
      callbackID += 1;
      listeners.set(callbackID, client);
      return { callbackID };
    },
    CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY: ({ callbackID }) => void listeners.delete(callbackID),
  };
};
