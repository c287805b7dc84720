import { totalmem } from 'node:os';
import { SetupError } from '../setup-error.ts';
import type { Check } from './check.ts';

const MIB = 2 ** 20;
// A machine of 1 GiB shows less: its kernel keeps some.
const LEAST = 900 * MIB;

export const memory: Check = {
  name: 'look at the memory',
  look: async () => {
    const found = totalmem();
    const words = `${Math.round(found / MIB)} MiB for the host itself`;
    if (found >= LEAST) return words;
    throw new SetupError(
      `The host has too little memory: ${words}; it needs 1 GiB.`,
      'Give the host (its control domain) more memory.',
    );
  },
};
