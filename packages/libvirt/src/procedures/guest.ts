import { call, program, REMOTE_PROGRAM } from '../procedure.ts';
import { domain, parameters, string } from '../wire-types.ts';
import { array, hyper, int, optional, struct, uhyper, uint } from '../xdr.ts';

const filesystem = struct({ mountpoint: string, name: string, fstype: string, dev_aliases: array(string, 256) });

/** Console, channels and the guest agent. */
export const guestProcedures = program(REMOTE_PROGRAM, {
  DOMAIN_OPEN_CONSOLE: call(201, { dom: domain, dev_name: optional(string), flags: uint }, undefined, { stream: 'both' }),
  DOMAIN_OPEN_CHANNEL: call(296, { dom: domain, name: optional(string), flags: uint }, undefined, { stream: 'both' }),
  DOMAIN_FSFREEZE: call(335, { dom: domain, mountpoints: array(string, 256), flags: uint }, { filesystems: int }),
  DOMAIN_FSTHAW: call(336, { dom: domain, mountpoints: array(string, 256), flags: uint }, { filesystems: int }),
  DOMAIN_FSTRIM: call(294, { dom: domain, mountPoint: optional(string), minimum: uhyper, flags: uint }),
  DOMAIN_GET_FSINFO: call(349, { dom: domain, flags: uint }, { info: array(filesystem, 256), ret: uint }),
  DOMAIN_GET_GUEST_INFO: call(418, { dom: domain, types: uint, flags: uint }, { params: parameters(2048) }),
  DOMAIN_SET_USER_PASSWORD: call(357, { dom: domain, user: optional(string), password: optional(string), flags: uint }),
  DOMAIN_SET_TIME: call(338, { dom: domain, seconds: hyper, nseconds: uint, flags: uint }),
  DOMAIN_GET_TIME: call(337, { dom: domain, flags: uint }, { seconds: hyper, nseconds: uint }),
  DOMAIN_GET_HOSTNAME: call(277, { dom: domain, flags: uint }, { hostname: string }),
  DOMAIN_AUTHORIZED_SSH_KEYS_SET: call(425, { dom: domain, user: string, keys: array(string, 2048), flags: uint }),
  DOMAIN_AGENT_SET_RESPONSE_TIMEOUT: call(420, { dom: domain, timeout: int, flags: uint }, { result: int }),
});
