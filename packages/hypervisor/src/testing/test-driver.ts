import type { Profile } from '../profile.ts';

/** libvirt's own `test` driver (`test:///default`): the third profile, which shows that one file adds a hypervisor. */
export const test = {
  label: 'Test',
  driver: 'TEST',
  uri: 'test:///default',
  enabledWhen: [{ directory: '/', otherwise: { cause: 'There is no root.', mend: 'Make one.' } }],
  minimum: [{ of: 'libvirt', name: 'libvirt', version: '9.0', package: 'libvirt-daemon' }],
  packages: ['libvirt-daemon'],
  domainType: 'test',
  controlDomain: false,
  shutdownHeard: false,
  modes: [{ name: 'hvm', os: 'hvm', features: [], console: 'serial', video: { model: 'vga' }, movesLive: false }],
  imageFormats: ['raw'],
  disk: { driver: 'file', bus: 'scsi', prefix: 'sd' },
  diskSerial: true,
  nicModel: 'e1000',
  macPrefix: '02:00:00',
  channelTarget: 'virtio',
} as const satisfies Profile;
