import { call, program, REMOTE_PROGRAM } from '../procedure.ts';
import { domain, parameters, string } from '../wire-types.ts';
import { int, opaque, optional, uhyper, uint } from '../xdr.ts';

/** Migration, protocol 3 with parameters. */
export const migrationProcedures = program(REMOTE_PROGRAM, {
  DOMAIN_MIGRATE_BEGIN3_PARAMS: call(
    302,
    { dom: domain, params: parameters(64), flags: uint },
    { cookie_out: opaque(4194304), xml: string },
    { long: true },
  ),
  DOMAIN_MIGRATE_PREPARE3_PARAMS: call(
    303,
    { params: parameters(64), cookie_in: opaque(4194304), flags: uint },
    { cookie_out: opaque(4194304), uri_out: optional(string) },
    { long: true },
  ),
  DOMAIN_MIGRATE_PREPARE_TUNNEL3_PARAMS: call(
    304,
    { params: parameters(64), cookie_in: opaque(4194304), flags: uint },
    { cookie_out: opaque(4194304) },
    { stream: 'upload' },
  ),
  DOMAIN_MIGRATE_PERFORM3_PARAMS: call(
    305,
    { dom: domain, dconnuri: optional(string), params: parameters(64), cookie_in: opaque(4194304), flags: uint },
    { cookie_out: opaque(4194304) },
    { long: true },
  ),
  DOMAIN_MIGRATE_FINISH3_PARAMS: call(
    306,
    { params: parameters(64), cookie_in: opaque(4194304), flags: uint, cancelled: int },
    { dom: domain, cookie_out: opaque(4194304) },
    { long: true },
  ),
  DOMAIN_MIGRATE_CONFIRM3_PARAMS: call(
    307,
    { dom: domain, params: parameters(64), cookie_in: opaque(4194304), flags: uint, cancelled: int },
    undefined,
    { long: true },
  ),
  DOMAIN_MIGRATE_SET_MAX_SPEED: call(207, { dom: domain, bandwidth: uhyper, flags: uint }),
  DOMAIN_MIGRATE_GET_MAX_SPEED: call(242, { dom: domain, flags: uint }, { bandwidth: uhyper }),
  DOMAIN_MIGRATE_SET_MAX_DOWNTIME: call(166, { dom: domain, downtime: uhyper, flags: uint }),
  DOMAIN_MIGRATE_START_POST_COPY: call(364, { dom: domain, flags: uint }),
});
