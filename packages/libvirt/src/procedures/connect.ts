import { call, event, program, REMOTE_PROGRAM } from '../procedure.ts';
import { parameters, string } from '../wire-types.ts';
import { array, int, optional, uhyper, uint } from '../xdr.ts';

/** Opening, authentication, the host's capabilities. */
export const connectProcedures = program(REMOTE_PROGRAM, {
  AUTH_LIST: call(66, undefined, { types: array(int, 20) }, { high: true }),
  AUTH_SASL_INIT: call(67, undefined, { mechlist: string }, { high: true }),
  AUTH_SASL_START: call(
    68,
    { mech: string, nil: int, data: array(int, 65536) },
    { complete: int, nil: int, data: array(int, 65536) },
    { high: true },
  ),
  AUTH_SASL_STEP: call(
    69,
    { nil: int, data: array(int, 65536) },
    { complete: int, nil: int, data: array(int, 65536) },
    { high: true },
  ),
  AUTH_POLKIT: call(70, undefined, { complete: int }, { high: true }),
  CONNECT_SUPPORTS_FEATURE: call(60, { feature: int }, { supported: int }, { high: true }),
  CONNECT_SET_IDENTITY: call(419, { params: parameters(64), flags: uint }),
  CONNECT_OPEN: call(1, { name: optional(string), flags: uint }, undefined, { high: true }),
  CONNECT_CLOSE: call(2, undefined, undefined, { high: true }),
  CONNECT_REGISTER_CLOSE_CALLBACK: call(360, undefined, undefined, { high: true }),
  CONNECT_UNREGISTER_CLOSE_CALLBACK: call(361, undefined, undefined, { high: true }),
  CONNECT_EVENT_CONNECTION_CLOSED: event(362, { reason: int }),
  CONNECT_GET_TYPE: call(3, undefined, { type: string }, { high: true }),
  CONNECT_GET_VERSION: call(4, undefined, { hv_ver: uhyper }, { high: true }),
  CONNECT_GET_LIB_VERSION: call(157, undefined, { lib_ver: uhyper }, { high: true }),
  CONNECT_GET_HOSTNAME: call(59, undefined, { hostname: string }, { high: true }),
  CONNECT_GET_URI: call(110, undefined, { uri: string }, { high: true }),
  CONNECT_GET_SYSINFO: call(203, { flags: uint }, { sysinfo: string }, { high: true }),
  CONNECT_GET_CAPABILITIES: call(7, undefined, { capabilities: string }),
  CONNECT_GET_DOMAIN_CAPABILITIES: call(
    342,
    { emulatorbin: optional(string), arch: optional(string), machine: optional(string), virttype: optional(string), flags: uint },
    { capabilities: string },
  ),
  CONNECT_GET_CPU_MODEL_NAMES: call(
    312,
    { arch: string, need_results: int, flags: uint },
    { models: array(string, 8192), ret: int },
  ),
  CONNECT_BASELINE_CPU: call(162, { xmlCPUs: array(string, 256), flags: uint }, { cpu: string }),
  CONNECT_COMPARE_CPU: call(158, { xml: string, flags: uint }, { result: int }, { high: true }),
  CONNECT_BASELINE_HYPERVISOR_CPU: call(
    394,
    {
      emulator: optional(string),
      arch: optional(string),
      machine: optional(string),
      virttype: optional(string),
      xmlCPUs: array(string, 256),
      flags: uint,
    },
    { cpu: string },
  ),
  CONNECT_COMPARE_HYPERVISOR_CPU: call(
    393,
    {
      emulator: optional(string),
      arch: optional(string),
      machine: optional(string),
      virttype: optional(string),
      xmlCPU: string,
      flags: uint,
    },
    { result: int },
  ),
  CONNECT_GET_MAX_VCPUS: call(5, { type: optional(string) }, { max_vcpus: int }, { high: true }),
  CONNECT_GET_STORAGE_POOL_CAPABILITIES: call(403, { flags: uint }, { capabilities: string }),
});
