import type { Devices } from '@virtstack/libvirt/xml/devices.ts';
import type { Profile } from '../profile.ts';

export const memoryBalloon = ({ balloon }: Profile): Devices =>
  balloon === undefined ? {} : { memoryBalloon: { model: balloon.model, stats: { period: balloon.statsSeconds } } };
