import { call, program, REMOTE_PROGRAM } from '../procedure.ts';
import { LIST_MAX, nwfilter, nwfilterBinding, string } from '../wire-types.ts';
import { array, int, uint } from '../xdr.ts';

/** Packet filters. */
export const nwfilterProcedures = program(REMOTE_PROGRAM, {
  CONNECT_LIST_ALL_NWFILTERS: call(
    286,
    { need_results: int, flags: uint },
    { filters: array(nwfilter, LIST_MAX), ret: uint },
    { high: true },
  ),
  NWFILTER_LOOKUP_BY_NAME: call(175, { name: string }, { nwfilter }, { high: true }),
  NWFILTER_DEFINE_XML: call(180, { xml: string }, { nwfilter }, { high: true }),
  NWFILTER_DEFINE_XML_FLAGS: call(431, { xml: string, flags: uint }, { nwfilter }, { high: true }),
  NWFILTER_UNDEFINE: call(181, { nwfilter }, undefined, { high: true }),
  NWFILTER_GET_XML_DESC: call(177, { nwfilter, flags: uint }, { xml: string }, { high: true }),
  CONNECT_LIST_ALL_NWFILTER_BINDINGS: call(
    401,
    { need_results: int, flags: uint },
    { bindings: array(nwfilterBinding, LIST_MAX), ret: uint },
    { high: true },
  ),
  NWFILTER_BINDING_CREATE_XML: call(399, { xml: string, flags: uint }, { nwfilter: nwfilterBinding }, { high: true }),
  NWFILTER_BINDING_DELETE: call(400, { nwfilter: nwfilterBinding }, undefined, { high: true }),
});
