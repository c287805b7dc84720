import { agentMethods } from '@virtstack/protocol';
import { checkPoolPath } from '../storage/pool.ts';
import { action } from './action.ts';

export const preparePool = action(agentMethods.preparePool, (host, { path, source }) =>
  host.pools.prepare({ path: checkPoolPath(path), ...(source && { source }) }),
);
