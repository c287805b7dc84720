import type { NetworkInterface } from '@virtstack/libvirt/xml/devices.ts';
import type { GuestNic } from '../guest.ts';
import type { Profile } from '../profile.ts';

export const nic = (wanted: GuestNic, profile: Profile): NetworkInterface => ({
  type: 'bridge',
  mac: { address: wanted.mac },
  source: { bridge: wanted.bridge },
  model: { type: profile.nicModel },
  mtu: wanted.mtu === undefined ? undefined : { size: wanted.mtu },
});
