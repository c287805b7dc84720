import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { agentMethods, imageFormat, PeerError } from '@virtstack/protocol';
import { inspectImage } from '../storage/disk-image.ts';
import { checkPoolPath, findImage, imagePath } from '../storage/pool.ts';
import { hasErrno, leftover } from '../system/files.ts';
import { action } from './action.ts';

export const deleteImage = action(agentMethods.deleteImage, async (host, { pool, id }) => {
  await host.pools.requireReady(checkPoolPath(pool));
  const image = await findImage(pool, id);
  const users = image ? await standingOn(pool, image.path) : [];
  if (users.length > 0)
    throw new PeerError('in-use', `${users.length} volumes stand on the image ${id}: ${users.slice(0, 5).join(', ')}`);
  for (const format of imageFormat.options) await rm(imagePath(pool, id, format), { force: true });
  return {};
});

/** Without its image a volume is lost, so the volumes themselves are asked. */
const standingOn = async (pool: string, image: string): Promise<string[]> => {
  const directory = join(pool, 'volumes');
  const names = (await readdir(directory)).filter((name) => !leftover(name));
  const users: string[] = [];
  for (const name of names) {
    try {
      if ((await inspectImage(join(directory, name))).backing === image) users.push(name);
    } catch (error) {
      // Deleted since it was listed.
      if (!hasErrno(error, 'ENOENT')) throw error;
    }
  }
  return users;
};
