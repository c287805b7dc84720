import { bridges as bridgesOfHost } from '../../facts/machine.ts';
import { SetupError } from '../setup-error.ts';
import type { Check } from './check.ts';

/** Those that the zone's networks name: they are the admin's, and are not made. */
export const bridges: Check = {
  name: 'look for bridges',
  look: async ({ bridges: wanted }) => {
    const there = await bridgesOfHost();
    const missing = [...new Set(wanted)].filter((name) => !there.includes(name));
    if (missing.length === 0) return wanted.length > 0 ? wanted.join(', ') : 'none is needed';
    throw new SetupError(
      `The host has no bridge ${missing.join(', ')}; it has ${there.join(', ') || 'none'}.`,
      `Make it (in /etc/network/interfaces, netplan or systemd-networkd: a bridge ${missing[0]} with the network card as its port), or name another in the label of the zone’s traffic type.`,
    );
  },
};
