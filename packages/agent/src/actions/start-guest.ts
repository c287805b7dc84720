import { agentMethods, PeerError } from '@virtstack/protocol';
import { defineGuest } from '../guests/define.ts';
import { ownGuest } from '../guests/own.ts';
import { startDefined } from '../guests/start.ts';
import { isActive } from '../guests/state.ts';
import { action, change } from './action.ts';

export const startGuest = action(agentMethods.startGuest, (host, { guest, epoch }, { signal }) =>
  change(host, guest.uuid, epoch, signal, async (signal) => {
    const { state, adopted } = await ownGuest(host, guest.uuid, epoch, signal);
    if (isActive(state)) return { state };
    if (adopted) throw new PeerError('invalid-state', `The guest ${guest.name} was adopted: its definition is not made anew.`);
    for (const { path } of guest.disks) await host.pools.requireReady(path);
    await defineGuest(host, guest, epoch, signal);
    signal.throwIfAborted();
    return { state: await startDefined(host, guest.uuid, guest.name, signal) };
  }),
);
