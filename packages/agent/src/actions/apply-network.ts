import { agentMethods } from '@virtstack/protocol';
import { applyNetworkDocument } from '../network/network.ts';
import { action } from './action.ts';

export const applyNetwork = action(agentMethods.applyNetwork, (host, document, { signal }) =>
  host.turns.take(document.id, 0, signal, async () => {
    await applyNetworkDocument(document, host.paths.network(document.id));
    return {};
  }),
);
