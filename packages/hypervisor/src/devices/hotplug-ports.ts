import type { Devices } from '@virtstack/libvirt/xml/devices.ts';
import type { Profile } from '../profile.ts';

/** libvirt 9.0 leaves one port free by itself; the second disk to be attached would find none. */
export const hotplugPorts = ({ hotplugPorts: count }: Profile): Devices => {
  if (count === undefined) return {};
  const port = { type: 'pci', model: 'pcie-root-port' };
  return { controllers: [{ type: 'pci', index: 0, model: 'pcie-root' }, ...Array<typeof port>(count).fill(port)] };
};
