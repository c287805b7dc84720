import { agentMethods, PeerError } from '@virtstack/protocol';
import { unmanagedGuests } from '../adoption/look.ts';
import { setMark } from '../adoption/mark.ts';
import { ownGuest } from '../guests/own.ts';
import type { Host } from '../host.ts';
import { action, change } from './action.ts';

export const adoptGuest = action(agentMethods.adoptGuest, (host, { uuid, made, epoch }, { signal }) =>
  change(host, uuid, epoch, signal, async (signal) => {
    const { state, ours, adopted } = await host.guests.ask(uuid);
    if (state === 'absent') throw new PeerError('not-found', `The domain ${uuid} is not on this host.`);
    if (ours) await requireSame(host, { uuid, epoch, wrong: Boolean(adopted) === made }, signal);
    else if (!made) await requireNothingAgainst(host, uuid);
    signal.throwIfAborted();
    await setMark(host, uuid, { uuid, epoch, adopted: !made });
    return { state };
  }),
);

type Same = { readonly uuid: string; readonly epoch: number; readonly wrong: boolean };

/** An order that is repeated finds its own mark; of a guest that the cloud makes nobody else's is made, nor the other way round. */
const requireSame = async (host: Host, { uuid, epoch, wrong }: Same, signal: AbortSignal): Promise<void> => {
  const { name } = await ownGuest(host, uuid, epoch, signal);
  if (wrong) throw new PeerError('conflict', `The domain ${name} is this cloud's already.`);
};

const requireNothingAgainst = async (host: Host, uuid: string): Promise<void> => {
  const [found] = await unmanagedGuests(host, (guest) => guest.uuid === uuid);
  if (!found) throw new PeerError('not-found', `The domain ${uuid} is not on this host.`);
  if (found.obstacles.length > 0)
    throw new PeerError('not-adoptable', `The domain ${found.name} cannot be taken in. ${found.obstacles.join(' ')}`);
};
