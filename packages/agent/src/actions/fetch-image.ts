import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { agentMethods, type ImageFormat, PeerError } from '@virtstack/protocol';
import { inspectImage } from '../storage/disk-image.ts';
import { type Download, download } from '../storage/download.ts';
import { checkPoolPath, imagePath } from '../storage/pool.ts';
import { besides, exists, publishFirst } from '../system/files.ts';
import { type ActionContext, action } from './action.ts';

export const fetchImage = action(
  agentMethods.fetchImage,
  async (host, { pool, id, url, sha512, format }, { signal, progress }) => {
    const path = imagePath(checkPoolPath(pool), id, format);
    await host.pools.requireReady(path);
    await host.fetches.join(path, signal, progress, async (signal, progress) => {
      if (!(await exists(path)))
        await fetch({ url, sha512, tls: await host.tls() }, { path, format, guid: host.config.guid }, { signal, progress });
    });
    return { path, virtualSizeBytes: (await inspectImage(path)).virtualSizeBytes };
  },
);

type Place = { readonly path: string; readonly format: ImageFormat; readonly guid: string };

const fetch = async (what: Download, { path, format, guid }: Place, { signal, progress }: ActionContext): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o711 });
  const part = besides(path, guid);
  try {
    await download(what, part, signal, progress);
    const found = await inspectImage(part);
    if (found.format !== format) throw new PeerError('invalid', `The image was said to be ${format}, but is ${found.format}.`);
    if (found.backing !== undefined)
      throw new PeerError('invalid', 'The image stands on another image, which a guest must not choose.');
    await publishFirst(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
};
