import {
  type Domain,
  hasCode,
  isNotFound,
  VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA,
  VIR_DOMAIN_UNDEFINE_MANAGED_SAVE,
  VIR_DOMAIN_UNDEFINE_NVRAM,
  VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA,
  VIR_ERR_ARGUMENT_UNSUPPORTED,
  VIR_ERR_INVALID_ARG,
} from '@virtstack/libvirt';

/** What goes with a definition, most first: a driver refuses flags that it does not know, and has nothing of that kind. */
const thoroughness = [
  VIR_DOMAIN_UNDEFINE_MANAGED_SAVE |
    VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
    VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA |
    VIR_DOMAIN_UNDEFINE_NVRAM,
  VIR_DOMAIN_UNDEFINE_MANAGED_SAVE,
  0,
];

/** Takes a definition away, with all that the driver keeps of it; one that is gone needs nothing. */
export const undefine = async (domain: Domain): Promise<void> => {
  for (const flags of thoroughness) {
    try {
      return await domain.undefine(flags);
    } catch (error) {
      if (isNotFound(error)) return;
      if (flags === 0 || !hasCode(error, VIR_ERR_INVALID_ARG, VIR_ERR_ARGUMENT_UNSUPPORTED)) throw error;
    }
  }
};
