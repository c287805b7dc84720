import { mkdir, statfs } from 'node:fs/promises';
import { imageStoreMethods, type Peer } from '@virtstack/protocol';
import { removeImage } from './download.ts';
import { refuse } from './refuse.ts';
import type { SharedDownloads } from './shared-downloads.ts';

/** Answers what a server asks of an image store. */
export const answer = (peer: Peer, downloads: SharedDownloads): void => {
  peer.handle(imageStoreMethods.download, (asked, { signal, progress }) =>
    downloads.download(asked, { signal, progress: sparing(progress) }),
  );
  peer.handle(imageStoreMethods.delete, async ({ id, store }) => {
    await downloads.cancel(store, id);
    await removeImage(store, id);
    return {};
  });
  peer.handle(imageStoreMethods.capacity, ({ store }) => capacity(store));
};

const capacity = async (store: string): Promise<{ capacityBytes: number; usedBytes: number }> => {
  try {
    await mkdir(store, { recursive: true });
  } catch (error) {
    refuse(
      'store',
      `The directory ${store} cannot be used by the image store's process (user id ${process.getuid?.()}): ${(error as Error).message}. Make it, and give it to that user.`,
    );
  }
  const { bsize, blocks, bavail } = await statfs(store);
  return { capacityBytes: blocks * bsize, usedBytes: (blocks - bavail) * bsize };
};

/** At most five words a second about progress. */
const sparing = <P extends { done: number; total?: number }>(tell: (progress: P) => void): ((progress: P) => void) => {
  let last = 0;
  return (progress) => {
    const now = performance.now();
    if (now - last < 200 && progress.done !== progress.total) return;
    last = now;
    tell(progress);
  };
};
