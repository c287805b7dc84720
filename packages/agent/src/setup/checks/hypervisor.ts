import { catalogue, enabledTrouble, isHypervisorEnabled, otherOwner, type Profile } from '@virtstack/hypervisor';
import { refused, SetupError } from '../setup-error.ts';
import type { Check } from './check.ts';

/** The labels of those that can run guests here. */
export const enabledHypervisors = async (profiles: readonly Profile[] = catalogue): Promise<string[]> => {
  const enabled = await Promise.all(profiles.map((profile) => isHypervisorEnabled(profile)));
  return profiles.filter((_, index) => enabled[index]).map(({ label }) => label);
};

export const hypervisor: Check = {
  name: 'look for the hypervisor',
  look: async ({ profile, emulation }) => {
    const owned = await otherOwner(catalogue);
    if (owned) throw refused(owned);
    const trouble = await enabledTrouble(profile);
    if (!trouble) return `${profile.label} is enabled`;
    if (emulation && profile.emulatedType !== undefined) return `${trouble.cause} Guests are emulated, which is slow.`;
    const others = await enabledHypervisors();
    const other = others.length > 0 ? ` Or add it to a cluster of type ${others.join(' or ')}, which is enabled on it.` : '';
    throw new SetupError(`${profile.label} is not enabled on this host. ${trouble.cause}`, `${trouble.mend}${other}`);
  },
};
