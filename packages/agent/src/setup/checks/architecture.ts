import { machine } from 'node:os';
import { SetupError } from '../setup-error.ts';
import type { Check } from './check.ts';

const supported = 'x86_64';

export const architecture: Check = {
  name: 'look at the architecture',
  look: async () => {
    const found = machine();
    if (found === supported) return found;
    throw new SetupError(`The architecture is ${found}; supported is ${supported}.`, `Add a host of architecture ${supported}.`);
  },
};
