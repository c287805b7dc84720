import type { Guest } from './guest.ts';
import type { HostCapabilities, HostGuest } from './host.ts';
import type { Mode, Profile } from './profile.ts';

/** All that a builder may look at. */
export interface Plan {
  readonly guest: Guest;
  readonly profile: Profile;
  readonly host: HostCapabilities;
  readonly mode: Mode;
  readonly support: HostGuest;
}
