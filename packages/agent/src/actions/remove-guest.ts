import { agentMethods } from '@virtstack/protocol';
import { removeBeside } from '../guests/beside.ts';
import { ownGuest } from '../guests/own.ts';
import { powerOff } from '../guests/power-off.ts';
import { endStrays } from '../guests/strays.ts';
import { undefine } from '../guests/undefine.ts';
import { action, change } from './action.ts';

export const removeGuest = action(agentMethods.removeGuest, (host, { uuid, epoch }, { signal }) =>
  change(host, uuid, epoch, signal, async (signal) => {
    const { state } = await ownGuest(host, uuid, epoch, signal);
    if (state !== 'absent') {
      await powerOff(host, uuid, 0, signal);
      await undefine(host.libvirt.now.jobs.domains.handle(uuid));
    }
    await endStrays(host.libvirt.now, (each) => each === uuid, host.log);
    await removeBeside(host, uuid);
    return {};
  }),
);
