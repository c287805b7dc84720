import { agentMethods } from '@virtstack/protocol';
import { isDefined, plug } from '../guests/disks.ts';
import { ownGuest } from '../guests/own.ts';
import { isActive } from '../guests/state.ts';
import { action, change } from './action.ts';

export const attachDisk = action(agentMethods.attachDisk, (host, { uuid, disk, epoch }, { signal }) =>
  change(host, uuid, epoch, signal, async (signal) => {
    const { state } = await ownGuest(host, uuid, epoch, signal);
    if (state === 'absent') return { state };
    await host.pools.requireReady(disk.path);
    if (isActive(state)) await plug(host, uuid, disk, 'live');
    signal.throwIfAborted();
    if (await isDefined(host, uuid)) await plug(host, uuid, disk, 'defined');
    return { state };
  }),
);
