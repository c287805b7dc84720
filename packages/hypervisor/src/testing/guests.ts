import type { Guest } from '../guest.ts';
import type { Profile } from '../profile.ts';

const uuid = '00000000-0000-4000-8000-000000000001';

/** The least that is a guest: one disk, and nothing that is optional. */
export const minimalGuest = (profile: Profile): Guest => ({
  uuid,
  name: 'i-2-3-VM',
  epoch: 1,
  vcpus: 1,
  memoryKiB: 131_072,
  disks: [{ slot: 0, path: '/pool/root', format: profile.imageFormats[0]!, readOnly: false }],
  nics: [],
  channels: [],
});

/** A guest that has everything. */
export const fullGuest = (profile: Profile): Guest => ({
  uuid,
  name: 'i-2-4-VM',
  title: `Größe & <Maß> "eins"`,
  epoch: 7,
  vcpus: 4,
  memoryKiB: 2_097_152,
  disks: [
    { slot: 0, path: '/pool/root', format: profile.imageFormats[0]!, readOnly: false, serial: '00000000000040008000' },
    { slot: 1, path: '/pool/data', format: 'raw', readOnly: false },
    { slot: 25, path: '/seeds/i-2-4-VM.iso', format: 'raw', readOnly: true },
  ],
  nics: [
    { mac: `${profile.macPrefix}:00:00:01`, bridge: 'br0' },
    { mac: `${profile.macPrefix}:00:00:02`, bridge: 'br-guest.100', mtu: 1450 },
  ],
  channels: [
    { name: 'org.qemu.guest_agent.0', path: '/run/guests/i-2-4-VM.agent' },
    { name: 'virtstack.control', path: '/run/guests/i-2-4-VM.control' },
  ],
  graphics: { listen: '127.0.0.1', password: 'opensesa' },
  consoleLog: '/var/log/guests/i-2-4-VM.log',
});
