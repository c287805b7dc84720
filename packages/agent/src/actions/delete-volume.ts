import { rm } from 'node:fs/promises';
import { agentMethods } from '@virtstack/protocol';
import { checkPoolPath, fileIn, volumePath } from '../storage/pool.ts';
import { action, change } from './action.ts';

export const deleteVolume = action(agentMethods.deleteVolume, (host, { pool, id, path: file, epoch }, { signal }) =>
  change(host, id, epoch, signal, async () => {
    const path = file === undefined ? volumePath(checkPoolPath(pool), id) : fileIn(pool, file);
    await host.pools.requireReady(path);
    await rm(path, { force: true });
    return {};
  }),
);
