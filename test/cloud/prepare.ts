import { installPackages } from '@virtstack/shell/packages.ts';
import { makeBundles } from '../../packages/cli/src/bundles.ts';
import { neededPackages } from '../../packages/cli/src/local-hypervisor.ts';
import { makeTiny } from '../../packages/cli/src/tiny.ts';

/** What a world without a network could not fetch for itself: Debian's packages and the small template. The bundles are made once for all. */
export async function prepare(): Promise<void> {
  await installPackages(await neededPackages());
  await Promise.all([makeTiny(), makeBundles()]);
}
