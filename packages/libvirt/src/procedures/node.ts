import { call, program, REMOTE_PROGRAM } from '../procedure.ts';
import { LIST_MAX, NODE_DEVICE_LIST_MAX, nodeDevice, parameters, string } from '../wire-types.ts';
import { array, fixedArray, int, opaque, optional, struct, uhyper, uint } from '../xdr.ts';

/** One named counter. */
const counter = struct({ field: string, value: uhyper });

/** The host: processors, memory, devices. */
export const nodeProcedures = program(REMOTE_PROGRAM, {
  NODE_GET_INFO: call(
    6,
    undefined,
    { model: fixedArray(int, 32), memory: uhyper, cpus: int, mhz: int, nodes: int, sockets: int, cores: int, threads: int },
    { high: true },
  ),
  NODE_GET_CPU_STATS: call(
    227,
    { cpuNum: int, nparams: int, flags: uint },
    { params: array(counter, LIST_MAX), nparams: int },
    { high: true },
  ),
  NODE_GET_MEMORY_STATS: call(
    228,
    { nparams: int, cellNum: int, flags: uint },
    { params: array(counter, LIST_MAX), nparams: int },
    { high: true },
  ),
  NODE_GET_FREE_MEMORY: call(102, undefined, { freeMem: uhyper }, { high: true }),
  NODE_GET_CELLS_FREE_MEMORY: call(101, { startCell: int, maxcells: int }, { cells: array(uhyper, 1024) }, { high: true }),
  NODE_GET_FREE_PAGES: call(
    340,
    { pages: array(uint, 1024), startCell: int, cellCount: uint, flags: uint },
    { counts: array(uhyper, 1048576) },
    { high: true },
  ),
  NODE_GET_CPU_MAP: call(293, { need_map: int, need_online: int, flags: uint }, { cpumap: opaque(2048), online: uint, ret: int }),
  NODE_GET_MEMORY_PARAMETERS: call(289, { nparams: int, flags: uint }, { params: parameters(64), nparams: int }),
  NODE_GET_SECURITY_MODEL: call(122, undefined, { model: array(int, 257), doi: array(int, 257) }, { high: true }),
  CONNECT_LIST_ALL_NODE_DEVICES: call(
    285,
    { need_results: int, flags: uint },
    { devices: array(nodeDevice, NODE_DEVICE_LIST_MAX), ret: uint },
    { high: true },
  ),
  NODE_DEVICE_LOOKUP_BY_NAME: call(113, { name: string }, { dev: nodeDevice }, { high: true }),
  NODE_DEVICE_GET_XML_DESC: call(114, { name: string, flags: uint }, { xml: string }),
  NODE_DEVICE_DETACH_FLAGS: call(301, { name: string, driverName: optional(string), flags: uint }),
  NODE_DEVICE_RE_ATTACH: call(119, { name: string }),
  NODE_DEVICE_RESET: call(120, { name: string }),
});
