import { call, program, REMOTE_PROGRAM } from '../procedure.ts';
import { checkpoint, domain, LIST_MAX, parameters, snapshot, string } from '../wire-types.ts';
import { array, int, optional, uhyper, uint } from '../xdr.ts';

/** Block jobs, snapshots, checkpoints, backup. */
export const blockProcedures = program(REMOTE_PROGRAM, {
  DOMAIN_BLOCK_COPY: call(345, { dom: domain, path: string, destxml: string, params: parameters(16), flags: uint }),
  DOMAIN_BLOCK_REBASE: call(266, { dom: domain, path: string, base: optional(string), bandwidth: uhyper, flags: uint }),
  DOMAIN_BLOCK_PULL: call(240, { dom: domain, path: string, bandwidth: uhyper, flags: uint }),
  DOMAIN_BLOCK_COMMIT: call(290, {
    dom: domain,
    disk: string,
    base: optional(string),
    top: optional(string),
    bandwidth: uhyper,
    flags: uint,
  }),
  DOMAIN_BLOCK_JOB_ABORT: call(237, { dom: domain, path: string, flags: uint }),
  DOMAIN_GET_BLOCK_JOB_INFO: call(
    238,
    { dom: domain, path: string, flags: uint },
    { found: int, type: int, bandwidth: uhyper, cur: uhyper, end: uhyper },
  ),
  DOMAIN_BLOCK_JOB_SET_SPEED: call(239, { dom: domain, path: string, bandwidth: uhyper, flags: uint }),
  DOMAIN_SNAPSHOT_CREATE_XML: call(185, { dom: domain, xml_desc: string, flags: uint }, { snap: snapshot }, { long: true }),
  DOMAIN_LIST_ALL_SNAPSHOTS: call(
    274,
    { dom: domain, need_results: int, flags: uint },
    { snapshots: array(snapshot, LIST_MAX), ret: int },
    { high: true },
  ),
  DOMAIN_SNAPSHOT_LOOKUP_BY_NAME: call(189, { dom: domain, name: string, flags: uint }, { snap: snapshot }, { high: true }),
  DOMAIN_SNAPSHOT_GET_XML_DESC: call(186, { snap: snapshot, flags: uint }, { xml: string }, { high: true }),
  DOMAIN_REVERT_TO_SNAPSHOT: call(192, { snap: snapshot, flags: uint }, undefined, { long: true }),
  DOMAIN_SNAPSHOT_DELETE: call(193, { snap: snapshot, flags: uint }, undefined, { long: true }),
  DOMAIN_CHECKPOINT_CREATE_XML: call(411, { dom: domain, xml_desc: string, flags: uint }, { checkpoint }),
  DOMAIN_LIST_ALL_CHECKPOINTS: call(
    413,
    { dom: domain, need_results: int, flags: uint },
    { checkpoints: array(checkpoint, LIST_MAX), ret: int },
    { high: true },
  ),
  DOMAIN_CHECKPOINT_DELETE: call(417, { checkpoint, flags: uint }),
  DOMAIN_BACKUP_BEGIN: call(421, { dom: domain, backup_xml: string, checkpoint_xml: optional(string), flags: uint }, undefined, {
    long: true,
  }),
  DOMAIN_BACKUP_GET_XML_DESC: call(422, { dom: domain, flags: uint }, { xml: string }, { high: true }),
});
