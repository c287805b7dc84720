import type { Duplex } from 'node:stream';

/** One who takes nothing for so long is shown out, for the guest's output waits for all. */
const PATIENCE_MS = 5_000;

/** Gives bytes to a viewer and waits until it can take more; one that is too slow is closed. */
export const hand = (viewer: Duplex, bytes: Buffer): Promise<void> | undefined => {
  if (viewer.destroyed || viewer.writableEnded || viewer.write(bytes)) return undefined;
  return new Promise((resolve) => {
    const over = setTimeout(() => viewer.destroy(), PATIENCE_MS);
    const goOn = (): void => {
      clearTimeout(over);
      viewer.off('drain', goOn).off('close', goOn);
      resolve();
    };
    viewer.once('drain', goOn).once('close', goOn);
  });
};
