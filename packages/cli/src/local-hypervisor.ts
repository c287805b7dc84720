import { catalogue } from '@virtstack/hypervisor/catalogue.ts';
import { isHypervisorEnabled } from '@virtstack/hypervisor/enabled.ts';
import { hostPackages } from '@virtstack/hypervisor/host-packages.ts';
import type { Profile } from '@virtstack/hypervisor/profile.ts';
import { imageStorePackages, templatePackages } from '@virtstack/shell/packages.ts';
import { labPackages } from '../../../lab/image.ts';

/** The profile of the hypervisor that this machine runs; where none is found, the first that can emulate. */
export async function localProfile(): Promise<Profile> {
  for (const profile of catalogue) if (await isHypervisorEnabled(profile)) return profile;
  return catalogue.find((profile) => profile.emulatedType !== undefined)!;
}

/** Debian's packages for a cloud on this machine, or on a lab's hosts (which have theirs in their image). */
export const neededPackages = async ({ lab }: { lab?: boolean } = {}): Promise<string[]> => [
  ...imageStorePackages,
  ...templatePackages,
  ...(lab ? labPackages : [...hostPackages, ...(await localProfile()).packages]),
];
