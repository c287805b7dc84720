import { agentMethods, PeerError } from '@virtstack/protocol';
import { ownGuest } from '../guests/own.ts';
import { powerOff } from '../guests/power-off.ts';
import { startDefined } from '../guests/start.ts';
import { action, change } from './action.ts';

/** How long a guest may take to shut down before its power is taken. */
const GRACE_MS = 30_000;

/**
 * Down and up again. libvirt's own reboot call is not used: one driver blocks on it and then gives up where the guest does not react, another
 * has no reset; and it would not tell when the guest is back. A guest that is found stopped was stopped by a run that did not finish.
 */
export const rebootGuest = action(agentMethods.rebootGuest, (host, { uuid, forced, epoch }, { signal }) =>
  change(host, uuid, epoch, signal, async (signal) => {
    const { name, state } = await ownGuest(host, uuid, epoch, signal);
    if (state === 'absent') throw new PeerError('not-found', `The guest ${uuid} is not defined on this host.`);
    await powerOff(host, uuid, forced ? 0 : GRACE_MS, signal);
    signal.throwIfAborted();
    return { state: await startDefined(host, uuid, name, signal) };
  }),
);
