import { installPackages, templatePackages } from '@virtstack/shell/packages.ts';
import { labImage } from '../../lab/image.ts';
import { makeBundles } from '../../packages/cli/src/bundles.ts';
import { makeTiny } from '../../packages/cli/src/tiny.ts';

/** What a world without a network could not fetch for itself: Debian's packages, the lab's image and the small template. */
export async function prepare(): Promise<void> {
  await installPackages(templatePackages);
  await labImage();
  await Promise.all([makeTiny(), makeBundles()]);
}
