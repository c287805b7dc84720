import { agentMethods } from '@virtstack/protocol';
import { checkPoolPath, makePool, poolReport } from '../storage/pool.ts';
import { action } from './action.ts';

export const preparePool = action(agentMethods.preparePool, async (host, params) => {
  const path = checkPoolPath(params.path);
  await makePool(path);
  await host.pools.add(path);
  return poolReport(path);
});
