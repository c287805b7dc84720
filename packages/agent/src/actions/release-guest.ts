import { agentMethods } from '@virtstack/protocol';
import { setMark } from '../adoption/mark.ts';
import { ownGuest } from '../guests/own.ts';
import { action, change } from './action.ts';

export const releaseGuest = action(agentMethods.releaseGuest, (host, { uuid, epoch }, { signal }) =>
  change(host, uuid, epoch, signal, async (signal) => {
    const before = await host.guests.ask(uuid);
    if (before.state !== 'unknown' && !before.ours) return { state: before.state };
    const { state } = await ownGuest(host, uuid, epoch, signal);
    if (state !== 'absent') await setMark(host, uuid, undefined);
    return { state };
  }),
);
