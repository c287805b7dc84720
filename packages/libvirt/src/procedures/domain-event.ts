import { call, event, program, REMOTE_PROGRAM } from '../procedure.ts';
import { domain, parameters, string } from '../wire-types.ts';
import { array, int, optional, struct, uhyper, uint } from '../xdr.ts';

const graphicsAddress = struct({ family: int, node: string, service: string });
const graphicsIdentity = struct({ type: string, name: string });

/** Events of domains. */
export const domainEventProcedures = program(REMOTE_PROGRAM, {
  CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: call(
    316,
    { eventID: int, dom: optional(domain) },
    { callbackID: int },
    { high: true },
  ),
  CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY: call(317, { callbackID: int }, undefined, { high: true }),
  DOMAIN_EVENT_CALLBACK_LIFECYCLE: event(318, { callbackID: int, msg: struct({ dom: domain, event: int, detail: int }) }),
  DOMAIN_EVENT_CALLBACK_REBOOT: event(319, { callbackID: int, msg: struct({ dom: domain }) }),
  DOMAIN_EVENT_CALLBACK_IO_ERROR_REASON: event(324, {
    callbackID: int,
    msg: struct({ dom: domain, srcPath: string, devAlias: string, action: int, reason: string }),
  }),
  DOMAIN_EVENT_CALLBACK_GRAPHICS: event(323, {
    callbackID: int,
    msg: struct({
      dom: domain,
      phase: int,
      local: graphicsAddress,
      remote: graphicsAddress,
      authScheme: string,
      subject: array(graphicsIdentity, 20),
    }),
  }),
  DOMAIN_EVENT_CALLBACK_CONTROL_ERROR: event(325, { callbackID: int, msg: struct({ dom: domain }) }),
  DOMAIN_EVENT_CALLBACK_DISK_CHANGE: event(327, {
    callbackID: int,
    msg: struct({ dom: domain, oldSrcPath: optional(string), newSrcPath: optional(string), devAlias: string, reason: int }),
  }),
  DOMAIN_EVENT_CALLBACK_BALLOON_CHANGE: event(331, { callbackID: int, msg: struct({ dom: domain, actual: uhyper }) }),
  DOMAIN_EVENT_CALLBACK_WATCHDOG: event(321, { callbackID: int, msg: struct({ dom: domain, action: int }) }),
  DOMAIN_EVENT_CALLBACK_DEVICE_REMOVED: event(333, { callbackID: int, msg: struct({ dom: domain, devAlias: string }) }),
  DOMAIN_EVENT_CALLBACK_DEVICE_ADDED: event(354, { callbackID: int, dom: domain, devAlias: string }),
  DOMAIN_EVENT_CALLBACK_DEVICE_REMOVAL_FAILED: event(367, { callbackID: int, dom: domain, devAlias: string }),
  DOMAIN_EVENT_CALLBACK_AGENT_LIFECYCLE: event(348, { callbackID: int, dom: domain, state: int, reason: int }),
  DOMAIN_EVENT_CALLBACK_MIGRATION_ITERATION: event(359, { callbackID: int, dom: domain, iteration: int }),
  DOMAIN_EVENT_CALLBACK_JOB_COMPLETED: event(363, { callbackID: int, dom: domain, params: parameters(64) }),
  DOMAIN_EVENT_CALLBACK_METADATA_CHANGE: event(379, { callbackID: int, dom: domain, type: int, nsuri: optional(string) }),
  DOMAIN_EVENT_BLOCK_JOB_2: event(339, { callbackID: int, dom: domain, dst: string, type: int, status: int }),
  DOMAIN_EVENT_BLOCK_THRESHOLD: event(385, {
    callbackID: int,
    dom: domain,
    dev: string,
    path: optional(string),
    threshold: uhyper,
    excess: uhyper,
  }),
  DOMAIN_EVENT_MEMORY_FAILURE: event(423, { callbackID: int, dom: domain, recipient: int, action: int, flags: uint }),
  DOMAIN_EVENT_MEMORY_DEVICE_SIZE_CHANGE: event(438, { callbackID: int, dom: domain, alias: string, size: uhyper }),
});
