import { agentMethods } from '@virtstack/protocol';
import { unmanagedGuests as look } from '../adoption/look.ts';
import { action } from './action.ts';

export const unmanagedGuests = action(agentMethods.unmanagedGuests, async (host, { name }) => ({
  guests: await look(host, (guest) => name === undefined || guest.name === name),
}));
