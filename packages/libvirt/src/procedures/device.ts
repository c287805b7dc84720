import { call, program, REMOTE_PROGRAM } from '../procedure.ts';
import { domain, parameters, string } from '../wire-types.ts';
import { array, hyper, int, opaque, optional, struct, uhyper, uint } from '../xdr.ts';

const memoryStat = struct({ tag: int, val: uhyper });
const guestInterface = struct({
  name: string,
  hwaddr: optional(string),
  addrs: array(struct({ type: int, addr: string, prefix: uint }), 2048),
});
const diskError = struct({ disk: string, error: int });

/** Devices, tuning and statistics of a domain. */
export const deviceProcedures = program(REMOTE_PROGRAM, {
  DOMAIN_ATTACH_DEVICE_FLAGS: call(160, { dom: domain, xml: string, flags: uint }),
  DOMAIN_DETACH_DEVICE_FLAGS: call(161, { dom: domain, xml: string, flags: uint }),
  DOMAIN_DETACH_DEVICE_ALIAS: call(392, { dom: domain, alias: string, flags: uint }),
  DOMAIN_UPDATE_DEVICE_FLAGS: call(174, { dom: domain, xml: string, flags: uint }),
  DOMAIN_SET_VCPUS_FLAGS: call(199, { dom: domain, nvcpus: uint, flags: uint }),
  DOMAIN_GET_VCPUS_FLAGS: call(200, { dom: domain, flags: uint }, { num: int }),
  DOMAIN_PIN_VCPU_FLAGS: call(225, { dom: domain, vcpu: uint, cpumap: opaque(2048), flags: uint }),
  DOMAIN_SET_MEMORY_FLAGS: call(204, { dom: domain, memory: uhyper, flags: uint }),
  DOMAIN_SET_MEMORY_STATS_PERIOD: call(308, { dom: domain, period: int, flags: uint }),
  DOMAIN_MEMORY_STATS: call(159, { dom: domain, maxStats: uint, flags: uint }, { stats: array(memoryStat, 1024) }),
  DOMAIN_GET_CPU_STATS: call(
    262,
    { dom: domain, nparams: uint, start_cpu: int, ncpus: uint, flags: uint },
    { params: parameters(2048), nparams: int },
  ),
  DOMAIN_SET_SCHEDULER_PARAMETERS_FLAGS: call(219, { dom: domain, params: parameters(16), flags: uint }),
  DOMAIN_GET_SCHEDULER_PARAMETERS_FLAGS: call(223, { dom: domain, nparams: int, flags: uint }, { params: parameters(16) }),
  DOMAIN_SET_BLKIO_PARAMETERS: call(205, { dom: domain, params: parameters(16), flags: uint }),
  DOMAIN_SET_MEMORY_PARAMETERS: call(197, { dom: domain, params: parameters(16), flags: uint }),
  DOMAIN_SET_INTERFACE_PARAMETERS: call(256, { dom: domain, device: string, params: parameters(16), flags: uint }),
  DOMAIN_GET_INTERFACE_PARAMETERS: call(
    257,
    { dom: domain, device: string, nparams: int, flags: uint },
    { params: parameters(16), nparams: int },
  ),
  DOMAIN_INTERFACE_STATS: call(
    65,
    { dom: domain, device: string },
    {
      rx_bytes: hyper,
      rx_packets: hyper,
      rx_errs: hyper,
      rx_drop: hyper,
      tx_bytes: hyper,
      tx_packets: hyper,
      tx_errs: hyper,
      tx_drop: hyper,
    },
    { high: true },
  ),
  DOMAIN_INTERFACE_ADDRESSES: call(353, { dom: domain, source: uint, flags: uint }, { ifaces: array(guestInterface, 2048) }),
  DOMAIN_SET_BLOCK_IO_TUNE: call(252, { dom: domain, disk: string, params: parameters(32), flags: uint }),
  DOMAIN_GET_BLOCK_IO_TUNE: call(
    253,
    { dom: domain, disk: optional(string), nparams: int, flags: uint },
    { params: parameters(32), nparams: int },
  ),
  DOMAIN_BLOCK_STATS_FLAGS: call(
    243,
    { dom: domain, path: string, nparams: int, flags: uint },
    { params: parameters(16), nparams: int },
  ),
  DOMAIN_BLOCK_STATS: call(
    64,
    { dom: domain, path: string },
    { rd_req: hyper, rd_bytes: hyper, wr_req: hyper, wr_bytes: hyper, errs: hyper },
  ),
  DOMAIN_GET_BLOCK_INFO: call(
    194,
    { dom: domain, path: string, flags: uint },
    { allocation: uhyper, capacity: uhyper, physical: uhyper },
  ),
  DOMAIN_BLOCK_RESIZE: call(251, { dom: domain, disk: string, size: uhyper, flags: uint }),
  DOMAIN_GET_DISK_ERRORS: call(
    263,
    { dom: domain, maxerrors: uint, flags: uint },
    { errors: array(diskError, 256), nerrors: int },
  ),
  DOMAIN_GRAPHICS_RELOAD: call(448, { dom: domain, type: uint, flags: uint }),
  DOMAIN_OPEN_GRAPHICS: call(249, { dom: domain, idx: uint, flags: uint }),
  DOMAIN_OPEN_GRAPHICS_FD: call(343, { dom: domain, idx: uint, flags: uint }),
});
