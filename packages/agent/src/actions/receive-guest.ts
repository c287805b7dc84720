import { agentMethods } from '@virtstack/protocol';
import { receive } from '../migration/receive.ts';
import { action, change } from './action.ts';

export const receiveGuest = action(agentMethods.receiveGuest, (host, { guest, epoch }, { signal }) =>
  change(host, guest.uuid, epoch, signal, async (signal) => {
    await receive(host, guest, epoch, signal);
    return {};
  }),
);
