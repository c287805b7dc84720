import type { Devices } from '@virtstack/libvirt/xml/devices.ts';
import type { Profile } from '../profile.ts';

export const randomGenerator = ({ rngModel }: Profile): Devices =>
  rngModel === undefined ? {} : { randomGenerators: [{ model: rngModel, backend: { model: 'random', path: '/dev/urandom' } }] };
