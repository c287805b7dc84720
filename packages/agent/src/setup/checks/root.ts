import { SetupError } from '../setup-error.ts';
import type { Check } from './check.ts';

export const root: Check = {
  name: 'look for root’s rights',
  look: async () => {
    requireRoot();
    return 'root';
  },
};

/** @throws {SetupError} */
export const requireRoot = (): void => {
  const user = process.getuid?.();
  if (user === 0) return;
  throw new SetupError(
    `This runs as user ${user}, not as root.`,
    'Log in as root, or as a user who may use sudo for everything.',
  );
};
