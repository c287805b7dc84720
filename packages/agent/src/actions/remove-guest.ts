import { rm } from 'node:fs/promises';
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
import { agentMethods } from '@virtstack/protocol';
import { ownGuest } from '../guests/own.ts';
import { powerOff } from '../guests/power-off.ts';
import { action, change } from './action.ts';

export const removeGuest = action(agentMethods.removeGuest, (host, { uuid, epoch }, { signal }) =>
  change(host, uuid, epoch, signal, async (signal) => {
    const { state } = await ownGuest(host, uuid, epoch, signal);
    if (state !== 'absent') {
      await powerOff(host, uuid, 0, signal);
      await undefine(host.libvirt.now.jobs.domains.handle(uuid));
    }
    await rm(host.paths.seed(uuid), { force: true });
    await host.consoles.remove(uuid);
    await rm(host.paths.channels(uuid), { recursive: true, force: true });
    return {};
  }),
);

/** What goes with a definition, most first: a driver refuses flags that it does not know, and has nothing of that kind. */
const thoroughness = [
  VIR_DOMAIN_UNDEFINE_MANAGED_SAVE |
    VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
    VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA |
    VIR_DOMAIN_UNDEFINE_NVRAM,
  VIR_DOMAIN_UNDEFINE_MANAGED_SAVE,
  0,
];

const undefine = async (domain: Domain): Promise<void> => {
  for (const flags of thoroughness) {
    try {
      return await domain.undefine(flags);
    } catch (error) {
      if (isNotFound(error)) return;
      if (flags === 0 || !hasCode(error, VIR_ERR_INVALID_ARG, VIR_ERR_ARGUMENT_UNSUPPORTED)) throw error;
    }
  }
};
