import { agentMethods } from '@virtstack/protocol';
import { ownGuest } from '../guests/own.ts';
import { powerOff } from '../guests/power-off.ts';
import { action, change } from './action.ts';

export const stopGuest = action(agentMethods.stopGuest, (host, { uuid, forced, timeoutSeconds, epoch }, { signal }) =>
  change(host, uuid, epoch, signal, async (signal) => {
    await ownGuest(host, uuid, epoch, signal);
    return { state: await powerOff(host, uuid, forced ? 0 : timeoutSeconds * 1000, signal) };
  }),
);
