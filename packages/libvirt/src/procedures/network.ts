import { call, event, program, REMOTE_PROGRAM } from '../procedure.ts';
import { LIST_MAX, network, string, uuid } from '../wire-types.ts';
import { array, hyper, int, optional, struct, uint } from '../xdr.ts';

const dhcpLease = struct({
  iface: string,
  expirytime: hyper,
  type: int,
  mac: optional(string),
  iaid: optional(string),
  ipaddr: string,
  prefix: uint,
  hostname: optional(string),
  clientid: optional(string),
});

/** Networks. */
export const networkProcedures = program(REMOTE_PROGRAM, {
  CONNECT_LIST_ALL_NETWORKS: call(
    283,
    { need_results: int, flags: uint },
    { nets: array(network, LIST_MAX), ret: uint },
    { high: true },
  ),
  NETWORK_LOOKUP_BY_NAME: call(46, { name: string }, { net: network }, { high: true }),
  NETWORK_LOOKUP_BY_UUID: call(47, { uuid }, { net: network }, { high: true }),
  NETWORK_DEFINE_XML: call(41, { xml: string }, { net: network }, { high: true }),
  NETWORK_CREATE_XML: call(40, { xml: string }, { net: network }),
  NETWORK_CREATE: call(39, { net: network }),
  NETWORK_DESTROY: call(42, { net: network }, undefined, { high: true }),
  NETWORK_UNDEFINE: call(49, { net: network }, undefined, { high: true }),
  NETWORK_GET_XML_DESC: call(43, { net: network, flags: uint }, { xml: string }, { high: true }),
  NETWORK_UPDATE: call(
    291,
    { net: network, command: uint, section: uint, parentIndex: int, xml: string, flags: uint },
    undefined,
    { high: true },
  ),
  NETWORK_SET_AUTOSTART: call(48, { net: network, autostart: int }, undefined, { high: true }),
  NETWORK_GET_DHCP_LEASES: call(
    341,
    { net: network, mac: optional(string), need_results: int, flags: uint },
    { leases: array(dhcpLease, 65536), ret: uint },
  ),
  CONNECT_NETWORK_EVENT_REGISTER_ANY: call(313, { eventID: int, net: optional(network) }, { callbackID: int }, { high: true }),
  CONNECT_NETWORK_EVENT_DEREGISTER_ANY: call(314, { callbackID: int }, undefined, { high: true }),
  NETWORK_EVENT_LIFECYCLE: event(315, { callbackID: int, net: network, event: int, detail: int }),
});
