import { call, program, REMOTE_PROGRAM } from '../procedure.ts';
import { domain, parameters, string } from '../wire-types.ts';
import { int, optional, uhyper, uint } from '../xdr.ts';

/** Saving, restoring, dumping; jobs. */
export const saveProcedures = program(REMOTE_PROGRAM, {
  DOMAIN_SAVE_FLAGS: call(232, { dom: domain, to: string, dxml: optional(string), flags: uint }, undefined, { long: true }),
  DOMAIN_RESTORE_FLAGS: call(233, { from: string, dxml: optional(string), flags: uint }, undefined, { long: true }),
  DOMAIN_MANAGED_SAVE: call(182, { dom: domain, flags: uint }, undefined, { long: true }),
  DOMAIN_HAS_MANAGED_SAVE_IMAGE: call(183, { dom: domain, flags: uint }, { result: int }),
  DOMAIN_MANAGED_SAVE_REMOVE: call(184, { dom: domain, flags: uint }),
  DOMAIN_CORE_DUMP_WITH_FORMAT: call(334, { dom: domain, to: string, dumpformat: uint, flags: uint }, undefined, { long: true }),
  DOMAIN_GET_JOB_INFO: call(
    163,
    { dom: domain },
    {
      type: int,
      timeElapsed: uhyper,
      timeRemaining: uhyper,
      dataTotal: uhyper,
      dataProcessed: uhyper,
      dataRemaining: uhyper,
      memTotal: uhyper,
      memProcessed: uhyper,
      memRemaining: uhyper,
      fileTotal: uhyper,
      fileProcessed: uhyper,
      fileRemaining: uhyper,
    },
  ),
  DOMAIN_GET_JOB_STATS: call(298, { dom: domain, flags: uint }, { type: int, params: parameters(64) }),
  DOMAIN_ABORT_JOB: call(164, { dom: domain }),
  DOMAIN_ABORT_JOB_FLAGS: call(442, { dom: domain, flags: uint }),
});
