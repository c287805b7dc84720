import { rm } from 'node:fs/promises';
import { agentMethods } from '@virtstack/protocol';
import { checkPoolPath, volumePath } from '../storage/pool.ts';
import { action, change } from './action.ts';

export const deleteVolume = action(agentMethods.deleteVolume, (host, { pool, id, epoch }, { signal }) =>
  change(host, id, epoch, signal, async () => {
    const path = volumePath(checkPoolPath(pool), id);
    await host.pools.requireReady(path);
    await rm(path, { force: true });
    return {};
  }),
);
