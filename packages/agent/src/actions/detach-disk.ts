import { agentMethods } from '@virtstack/protocol';
import { isDefined } from '../guests/disks.ts';
import { ownGuest } from '../guests/own.ts';
import { unplugDefined, unplugLive } from '../guests/unplug.ts';
import { action, change } from './action.ts';

/** The guest first: a disk that it keeps stays in its definition too. */
export const detachDisk = action(agentMethods.detachDisk, (host, { uuid, path, timeoutSeconds, epoch }, { signal }) =>
  change(host, uuid, epoch, signal, async (signal) => {
    const { state } = await ownGuest(host, uuid, epoch, signal);
    if (state === 'absent') return { state };
    await unplugLive(host, uuid, path, { timeoutMs: timeoutSeconds * 1000, signal });
    signal.throwIfAborted();
    if (await isDefined(host, uuid)) await unplugDefined(host, uuid, path);
    return { state };
  }),
);
