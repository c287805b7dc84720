import { call, program, REMOTE_PROGRAM } from '../procedure.ts';
import { LIST_MAX, secret, string, uuid } from '../wire-types.ts';
import { array, int, opaque, uint } from '../xdr.ts';

/** Secrets. */
export const secretProcedures = program(REMOTE_PROGRAM, {
  CONNECT_LIST_ALL_SECRETS: call(
    287,
    { need_results: int, flags: uint },
    { secrets: array(secret, LIST_MAX), ret: uint },
    { high: true },
  ),
  SECRET_LOOKUP_BY_UUID: call(141, { uuid }, { secret }, { high: true }),
  SECRET_LOOKUP_BY_USAGE: call(147, { usageType: int, usageID: string }, { secret }, { high: true }),
  SECRET_DEFINE_XML: call(142, { xml: string, flags: uint }, { secret }, { high: true }),
  SECRET_SET_VALUE: call(144, { secret, value: opaque(65536), flags: uint }, undefined, { high: true }),
  SECRET_GET_VALUE: call(145, { secret, flags: uint }, { value: opaque(65536) }, { high: true }),
  SECRET_UNDEFINE: call(146, { secret }, undefined, { high: true }),
  SECRET_GET_XML_DESC: call(143, { secret, flags: uint }, { xml: string }, { high: true }),
});
