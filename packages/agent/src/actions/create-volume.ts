import { rm } from 'node:fs/promises';
import { agentMethods, PeerError } from '@virtstack/protocol';
import { inspectImage } from '../storage/disk-image.ts';
import { checkPoolPath, findImage, volumePath } from '../storage/pool.ts';
import { besides, exists, publishFirst } from '../system/files.ts';
import { run } from '../system/run.ts';
import { action, change } from './action.ts';

export const createVolume = action(agentMethods.createVolume, (host, { pool, id, sizeBytes, image, epoch }, { signal }) =>
  change(host, id, epoch, signal, async (signal) => {
    const path = volumePath(checkPoolPath(pool), id);
    await host.pools.requireReady(path);
    const base = image === undefined ? undefined : await baseImage(pool, image, sizeBytes);
    const made = !(await exists(path)) && (await create({ path, guid: host.config.guid }, sizeBytes, base, signal));
    if (!made) await checkSame(path, sizeBytes, base?.path);
    return { path, format: 'qcow2' as const, sizeBytes };
  }),
);

type Base = { readonly path: string; readonly format: string };

type Place = { readonly path: string; readonly guid: string };

/** Answers false where another host of the pool made it at the same moment. */
const create = async (
  { path, guid }: Place,
  sizeBytes: number,
  base: Base | undefined,
  signal: AbortSignal,
): Promise<boolean> => {
  const part = besides(path, guid);
  const backing = base ? ['-b', base.path, '-F', base.format] : [];
  try {
    await run(['qemu-img', 'create', '-q', '-f', 'qcow2', ...backing, part, String(sizeBytes)], { signal });
    return await publishFirst(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
};

const baseImage = async (pool: string, id: string, sizeBytes: number): Promise<Base> => {
  const found = await findImage(pool, id);
  if (!found) throw new PeerError('not-found', `The image ${id} is not in the pool ${pool}: it must be fetched first.`);
  const { virtualSizeBytes } = await inspectImage(found.path);
  if (virtualSizeBytes > sizeBytes)
    throw new PeerError('invalid', `A volume of ${sizeBytes} bytes is smaller than its image, which has ${virtualSizeBytes}.`);
  return found;
};

const checkSame = async (path: string, sizeBytes: number, base: string | undefined): Promise<void> => {
  const there = await inspectImage(path);
  if (there.virtualSizeBytes !== sizeBytes)
    throw new PeerError('conflict', `The volume exists with ${there.virtualSizeBytes} bytes, not ${sizeBytes}: ${path}`);
  if (there.backing !== base) throw new PeerError('conflict', `The volume exists on top of another image: ${path}`);
};
