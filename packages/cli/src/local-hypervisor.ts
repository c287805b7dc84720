import { catalogue } from '@virtstack/hypervisor/catalogue.ts';
import { isHypervisorEnabled } from '@virtstack/hypervisor/enabled.ts';
import type { Profile } from '@virtstack/hypervisor/profile.ts';
import { hostPackages, imageStorePackages, templatePackages } from '@virtstack/shell/packages.ts';

/** The profile of the hypervisor that this machine runs; where none is found, the first that can emulate. */
export async function localProfile(): Promise<Profile> {
  for (const profile of catalogue) if (await isHypervisorEnabled(profile)) return profile;
  return catalogue.find((profile) => profile.emulatedType !== undefined)!;
}

/** Debian's packages for a cloud on this machine. */
export const neededPackages = async (): Promise<string[]> => [
  ...hostPackages,
  ...imageStorePackages,
  ...templatePackages,
  ...(await localProfile()).packages,
];
