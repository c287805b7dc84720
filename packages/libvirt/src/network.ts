import type { Caller } from './caller.ts';
import { procedures } from './procedures.ts';
import type { CallOptions } from './session.ts';
import type { NetworkReference } from './wire-types.ts';

/** A network of libvirt's. */
export const network = ({ call }: Caller, net: NetworkReference) => ({
  ...net,
  async start(options?: CallOptions): Promise<void> {
    await call(procedures.NETWORK_CREATE, { net }, options);
  },
  async destroy(options?: CallOptions): Promise<void> {
    await call(procedures.NETWORK_DESTROY, { net }, options);
  },
  async undefine(options?: CallOptions): Promise<void> {
    await call(procedures.NETWORK_UNDEFINE, { net }, options);
  },
  async xml(flags = 0, options?: CallOptions): Promise<string> {
    return (await call(procedures.NETWORK_GET_XML_DESC, { net, flags }, options)).xml;
  },
  async setAutostart(autostart: boolean, options?: CallOptions): Promise<void> {
    await call(procedures.NETWORK_SET_AUTOSTART, { net, autostart: autostart ? 1 : 0 }, options);
  },
  /** The leases that libvirt's own DHCP server has given, of one MAC or of all. */
  async leases(mac: string | null = null, options?: CallOptions) {
    return (await call(procedures.NETWORK_GET_DHCP_LEASES, { net, mac, need_results: 1, flags: 0 }, options)).leases;
  },
});
export type Network = ReturnType<typeof network>;

/** The networks of a host. */
export const networks = (caller: Caller) => {
  const { call } = caller;
  const handle = (net: NetworkReference): Network => network(caller, net);
  return {
    /** VIR_CONNECT_LIST_NETWORKS_ filters. */
    async list(flags = 0, options?: CallOptions): Promise<Network[]> {
      return (await call(procedures.CONNECT_LIST_ALL_NETWORKS, { need_results: 1, flags }, options)).nets.map(handle);
    },
    async lookup(uuid: string, options?: CallOptions): Promise<Network> {
      return handle((await call(procedures.NETWORK_LOOKUP_BY_UUID, { uuid }, options)).net);
    },
    async byName(name: string, options?: CallOptions): Promise<Network> {
      return handle((await call(procedures.NETWORK_LOOKUP_BY_NAME, { name }, options)).net);
    },
    async define(xml: string, options?: CallOptions): Promise<Network> {
      return handle((await call(procedures.NETWORK_DEFINE_XML, { xml }, options)).net);
    },
    async create(xml: string, options?: CallOptions): Promise<Network> {
      return handle((await call(procedures.NETWORK_CREATE_XML, { xml }, options)).net);
    },
  };
};
