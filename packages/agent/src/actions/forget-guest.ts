import { agentMethods, PeerError } from '@virtstack/protocol';
import { removeBeside } from '../guests/beside.ts';
import { ownGuest } from '../guests/own.ts';
import { isActive } from '../guests/state.ts';
import { endStrays } from '../guests/strays.ts';
import { undefine } from '../guests/undefine.ts';
import { action, change } from './action.ts';

/** Also a definition that stayed: whoever started it here would start the guest a second time. */
export const forgetGuest = action(agentMethods.forgetGuest, (host, { uuid, epoch }, { signal }) =>
  change(host, uuid, epoch, signal, async (signal) => {
    const { state, name } = await ownGuest(host, uuid, epoch, signal);
    if (isActive(state))
      throw new PeerError('active', `The guest ${name} (${uuid}) is on this host: ${state}. It is not forgotten.`);
    if (state !== 'absent') await undefine(host.libvirt.now.jobs.domains.handle(uuid));
    await endStrays(host.libvirt.now, (each) => each === uuid, host.log);
    host.door.forget(uuid);
    await removeBeside(host, uuid);
    return {};
  }),
);
