import type { Duplex } from 'node:stream';

const BEAT_MS = 1_000;
/** One who takes nothing for so many beats is shown out, for the guest's output waits for all. */
const PATIENCE_BEATS = 5;

/**
 * Gives bytes to a viewer and waits until it can take more; one that is too slow is closed. Beats are counted, not time: while this process itself
 * stood still none passed, and after it a viewer gets his turns.
 */
export const hand = (viewer: Duplex, bytes: Buffer, beatMs = BEAT_MS): Promise<void> | undefined => {
  if (viewer.destroyed || viewer.writableEnded || viewer.write(bytes)) return undefined;
  return new Promise((resolve) => {
    let missed = 0;
    const beat = setInterval(() => {
      missed++;
      if (missed >= PATIENCE_BEATS) viewer.destroy();
    }, beatMs);
    const goOn = (): void => {
      clearInterval(beat);
      viewer.off('drain', goOn).off('close', goOn);
      resolve();
    };
    viewer.once('drain', goOn).once('close', goOn);
  });
};
