import type { Devices, Graphics, Input, Video } from '@virtstack/libvirt/xml/devices.ts';
import type { GuestGraphics } from '../guest.ts';
import type { Mode } from '../profile.ts';

/** A VNC server on the next free port; at most 8 characters of the password count. */
export const graphics = (wanted: GuestGraphics): Graphics => ({
  type: 'vnc',
  port: -1,
  autoPort: true,
  password: wanted.password,
  listens: [{ type: 'address', address: wanted.listen }],
});

export const video = (mode: Mode): Video => ({ model: { type: mode.video.model, vramKiB: mode.video.vramKiB } });

const tablet = (bus: string): Input => ({ type: 'tablet', bus });

/** Nothing of it exists unless it was asked for: a guest without graphics has no video adapter either. */
export const display = (wanted: GuestGraphics | undefined, mode: Mode): Devices =>
  wanted === undefined
    ? {}
    : {
        graphics: [graphics(wanted)],
        videos: [video(mode)],
        inputs: mode.tablet === undefined ? undefined : [tablet(mode.tablet)],
      };
