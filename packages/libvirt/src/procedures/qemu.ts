import { call, event, program } from '../procedure.ts';
import { domain, string } from '../wire-types.ts';
import { hyper, int, optional, uint } from '../xdr.ts';

/** The program that only one driver serves: its monitor and its guest agent. */
export const qemuProcedures = program(0x20008087, {
  DOMAIN_AGENT_COMMAND: call(
    3,
    { dom: domain, cmd: string, timeout: int, flags: uint },
    { result: optional(string) },
    { long: true },
  ),
  DOMAIN_MONITOR_COMMAND: call(1, { dom: domain, cmd: string, flags: uint }, { result: string }),
  CONNECT_DOMAIN_MONITOR_EVENT_REGISTER: call(
    4,
    { dom: optional(domain), event: optional(string), flags: uint },
    { callbackID: int },
    { high: true },
  ),
  CONNECT_DOMAIN_MONITOR_EVENT_DEREGISTER: call(5, { callbackID: int }, undefined, { high: true }),
  DOMAIN_MONITOR_EVENT: event(6, {
    callbackID: int,
    dom: domain,
    event: string,
    seconds: hyper,
    micros: uint,
    details: optional(string),
  }),
});
