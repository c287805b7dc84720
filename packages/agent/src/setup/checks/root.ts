import { SetupError } from '../setup-error.ts';
import type { Check } from './check.ts';

export const root: Check = {
  name: 'look for root’s rights',
  look: async () => {
    if (process.getuid?.() === 0) return 'root';
    throw new SetupError(
      `This runs as user ${process.getuid?.()}, not as root.`,
      'Log in as root, or as a user who may use sudo for everything.',
    );
  },
};
