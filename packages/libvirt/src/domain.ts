import type { Caller } from './caller.ts';
import { devices } from './domain/devices.ts';
import { guest } from './domain/guest.ts';
import { lifecycle } from './domain/lifecycle.ts';
import { saving } from './domain/saving.ts';
import { statistics } from './domain/statistics.ts';
import type { DomainReference } from './wire-types.ts';

/**
 * A domain as it was when it was looked up (name, uuid, id), and what can be done with it. It holds nothing open: the UUID alone finds the
 * domain, whether or not it still has that name. Every method takes libvirt's flags as a number, and CallOptions last.
 */
export const domain = (caller: Caller, dom: DomainReference) => ({
  name: dom.name,
  uuid: dom.uuid,
  /** -1 when it did not run. */
  id: dom.id,
  ...lifecycle(caller, dom),
  ...devices(caller, dom),
  ...statistics(caller, dom),
  ...saving(caller, dom),
  ...guest(caller, dom),
});

export type Domain = ReturnType<typeof domain>;
