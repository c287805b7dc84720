import { agentMethods } from '@virtstack/protocol';
import { checkPoolPath } from '../storage/pool.ts';
import { action } from './action.ts';

export const releasePool = action(agentMethods.releasePool, async (host, { path }) => {
  await host.pools.release(checkPoolPath(path));
  return {};
});
