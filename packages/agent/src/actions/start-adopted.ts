import { agentMethods, PeerError } from '@virtstack/protocol';
import { setMark } from '../adoption/mark.ts';
import { disksOf } from '../guests/disks.ts';
import { ownGuest } from '../guests/own.ts';
import { startDefined } from '../guests/start.ts';
import { isActive } from '../guests/state.ts';
import { action, change } from './action.ts';

export const startAdopted = action(agentMethods.startAdopted, (host, { uuid, epoch }, { signal }) =>
  change(host, uuid, epoch, signal, async (signal) => {
    const { name, state, adopted } = await ownGuest(host, uuid, epoch, signal);
    if (state === 'absent')
      throw new PeerError(
        'not-found',
        `The definition of the adopted guest ${uuid} is not on this host any more, and nobody else has it. Define it again (virsh define) and import it anew.`,
      );
    if (!adopted) throw new PeerError('invalid-state', `The guest ${name} was made by this cloud: it is not started as it is.`);
    if (isActive(state)) return { state };
    for (const { source } of await disksOf(host, uuid, 'defined')) if (source?.file) await host.pools.requireReady(source.file);
    await setMark(host, uuid, { uuid, epoch, adopted: true });
    signal.throwIfAborted();
    return { state: await startDefined(host, uuid, name, signal) };
  }),
);
