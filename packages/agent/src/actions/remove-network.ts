import { agentMethods } from '@virtstack/protocol';
import { removeNetworkFrom } from '../network/network.ts';
import { action } from './action.ts';

export const removeNetwork = action(agentMethods.removeNetwork, (host, { id }, { signal }) =>
  host.turns.take(id, 0, signal, async () => {
    await removeNetworkFrom(id, host.paths.network(id));
    return {};
  }),
);
