import type { Channel } from '@virtstack/libvirt/xml/devices.ts';
import type { GuestChannel } from '../guest.ts';
import type { Profile } from '../profile.ts';

/** The socket appears at the path when the guest starts, and anew after a reboot. */
export const channel = (wanted: GuestChannel, profile: Profile): Channel => ({
  type: 'unix',
  source: { mode: 'bind', path: wanted.path },
  target: { type: profile.channelTarget, name: wanted.name },
});
