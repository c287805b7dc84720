import { call, program, REMOTE_PROGRAM } from '../procedure.ts';
import { domain, LIST_MAX, parameters, string, uuid } from '../wire-types.ts';
import { array, int, optional, struct, uhyper, uint } from '../xdr.ts';

const statsRecord = struct({ dom: domain, params: parameters(262_144) });

/** A domain's life and description. */
export const domainProcedures = program(REMOTE_PROGRAM, {
  CONNECT_LIST_ALL_DOMAINS: call(
    273,
    { need_results: int, flags: uint },
    { domains: array(domain, LIST_MAX), ret: uint },
    { high: true },
  ),
  CONNECT_GET_ALL_DOMAIN_STATS: call(
    344,
    { doms: array(domain, LIST_MAX), stats: uint, flags: uint },
    { retStats: array(statsRecord, 262144) },
  ),
  DOMAIN_LOOKUP_BY_NAME: call(23, { name: string }, { dom: domain }, { high: true }),
  DOMAIN_LOOKUP_BY_UUID: call(24, { uuid }, { dom: domain }, { high: true }),
  DOMAIN_LOOKUP_BY_ID: call(22, { id: int }, { dom: domain }, { high: true }),
  DOMAIN_CREATE_XML: call(10, { xml_desc: string, flags: uint }, { dom: domain }, { long: true }),
  DOMAIN_CREATE_XML_WITH_FILES: call(309, { xml_desc: string, flags: uint }, { dom: domain }),
  DOMAIN_DEFINE_XML_FLAGS: call(350, { xml: string, flags: uint }, { dom: domain }, { high: true }),
  DOMAIN_CREATE_WITH_FLAGS: call(196, { dom: domain, flags: uint }, { dom: domain }, { long: true }),
  DOMAIN_UNDEFINE_FLAGS: call(231, { dom: domain, flags: uint }, undefined, { high: true }),
  DOMAIN_DESTROY_FLAGS: call(234, { dom: domain, flags: uint }, undefined, { high: true }),
  DOMAIN_SHUTDOWN_FLAGS: call(258, { dom: domain, flags: uint }),
  DOMAIN_REBOOT: call(27, { dom: domain, flags: uint }),
  DOMAIN_RESET: call(245, { dom: domain, flags: uint }),
  DOMAIN_SUSPEND: call(34, { dom: domain }),
  DOMAIN_RESUME: call(28, { dom: domain }),
  DOMAIN_GET_XML_DESC: call(14, { dom: domain, flags: uint }, { xml: string }),
  DOMAIN_GET_STATE: call(212, { dom: domain, flags: uint }, { state: int, reason: int }, { high: true }),
  DOMAIN_GET_INFO: call(16, { dom: domain }, { state: uint, maxMem: uhyper, memory: uhyper, nrVirtCpu: uint, cpuTime: uhyper }),
  DOMAIN_GET_METADATA: call(265, { dom: domain, type: int, uri: optional(string), flags: uint }, { metadata: string }),
  DOMAIN_SET_METADATA: call(264, {
    dom: domain,
    type: int,
    metadata: optional(string),
    key: optional(string),
    uri: optional(string),
    flags: uint,
  }),
  DOMAIN_SET_AUTOSTART: call(29, { dom: domain, autostart: int }, undefined, { high: true }),
  DOMAIN_GET_AUTOSTART: call(15, { dom: domain }, { autostart: int }, { high: true }),
  DOMAIN_RENAME: call(358, { dom: domain, new_name: optional(string), flags: uint }, { retcode: int }),
  DOMAIN_INJECT_NMI: call(210, { dom: domain, flags: uint }),
  DOMAIN_SEND_KEY: call(226, { dom: domain, codeset: uint, holdtime: uint, keycodes: array(uint, 16), flags: uint }),
  DOMAIN_SCREENSHOT: call(211, { dom: domain, screen: uint, flags: uint }, { mime: optional(string) }, { stream: 'download' }),
  DOMAIN_GET_MESSAGES: call(426, { dom: domain, flags: uint }, { msgs: array(string, 2048) }),
  DOMAIN_GET_CONTROL_INFO: call(
    229,
    { dom: domain, flags: uint },
    { state: uint, details: uint, stateTime: uhyper },
    { high: true },
  ),
});
