import { installPackages, templatePackages } from '@virtstack/shell/packages.ts';
import { labImage, releaseNamed } from '../../lab/image.ts';
import { makeBundles } from '../../packages/cli/src/bundles.ts';
import { makeTiny } from '../../packages/cli/src/tiny.ts';

/** What a world without a network could not fetch for itself: Debian's packages, the lab's image and the small template. */
export async function prepare(env: Readonly<Record<string, string>> = {}): Promise<void> {
  await installPackages(templatePackages);
  await labImage(releaseNamed(env.VIRTSTACK_LAB_RELEASE ?? process.env.VIRTSTACK_LAB_RELEASE));
  await Promise.all([makeTiny(), makeBundles()]);
}
