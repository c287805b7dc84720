import { makeBundles } from '../../packages/cli/src/bundles.ts';
import { makeTiny } from '../../packages/cli/src/tiny.ts';

/** What a world without a network could not make for itself: the small template. The bundles are made once for all. */
export async function prepare(): Promise<void> {
  await Promise.all([makeTiny(), makeBundles()]);
}
