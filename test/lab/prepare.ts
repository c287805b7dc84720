import { labImage, releaseNamed } from '../../lab/image.ts';
import { makeBundles } from '../../packages/cli/src/bundles.ts';
import { makeTiny } from '../../packages/cli/src/tiny.ts';

/** What a world without a network could not fetch for itself: the lab's image with its packages, and the small template. */
export async function prepare(env: Readonly<Record<string, string>> = {}): Promise<void> {
  await labImage(releaseNamed(env.VIRTSTACK_LAB_RELEASE ?? process.env.VIRTSTACK_LAB_RELEASE));
  await Promise.all([makeTiny(), makeBundles()]);
}
