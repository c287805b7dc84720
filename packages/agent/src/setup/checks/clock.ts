import { SetupError } from '../setup-error.ts';
import type { Check } from './check.ts';

const MOST_SECONDS = 60;

/** Certificates are good from one moment to another. */
export const clock: Check = {
  name: 'look at the clock',
  look: async ({ serverTimeMs }) => {
    const seconds = Math.round((Date.now() - serverTimeMs) / 1000);
    const apart = Math.abs(seconds);
    if (apart <= MOST_SECONDS) return `${apart} s apart from the server’s`;
    throw new SetupError(
      `The host’s clock is ${apart} s ${seconds > 0 ? 'ahead of' : 'behind'} the server’s (${new Date(serverTimeMs).toISOString()}); at most ${MOST_SECONDS} s are borne.`,
      `timedatectl set-ntp true (Debian’s package systemd-timesyncd or chrony), or once: date -s @${Math.round(serverTimeMs / 1000)}. See that the server’s own clock is right.`,
    );
  },
};
