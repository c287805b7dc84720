import type { Profile } from '@virtstack/hypervisor';
import type { UnmanagedDisk, UnmanagedGuest, UnmanagedNic } from '@virtstack/protocol';

/** A disk with the names of the other domains that use its file. */
export type JudgedDisk = UnmanagedDisk & { readonly problem?: string; readonly alsoOf: readonly string[] };
export type Judged = Pick<UnmanagedGuest, 'name' | 'state' | 'vcpus' | 'memoryKiB'> & {
  readonly disks: readonly JudgedDisk[];
  readonly nics: readonly UnmanagedNic[];
  readonly persistent: boolean;
  readonly saved: boolean;
};

/** What stands against taking a domain in: cause and what helps. */
export const obstaclesOf = (guest: Judged, { imageFormats }: Pick<Profile, 'imageFormats'>): string[] => [
  ...ofDomain(guest),
  ...guest.disks.filter(({ device }) => device === 'disk' || device === 'lun').flatMap((disk) => ofDisk(disk, imageFormats)),
  ...twiceIn(guest.disks),
  ...guest.nics.flatMap(ofNic),
];

const ofDomain = ({ name, state, disks, persistent, saved }: Judged): string[] => [
  ...(state === 'unknown' ? ['libvirt does not answer for it. Try again when virsh domstate tells its state.'] : []),
  ...(/^[A-Za-z0-9._-]{1,63}$/.test(name)
    ? []
    : [
        'Its name has other characters than A-Z, a-z, 0-9, dot, underscore and hyphen, or more than 63. Shut it down and rename it (virsh domrename).',
      ]),
  ...(persistent
    ? []
    : [
        'It is transient: libvirt forgets it when it stops. Give it a definition (virsh dumpxml --security-info, then virsh define).',
      ]),
  ...(saved
    ? [
        'Its memory was saved (virsh managedsave), and comes back as it was before. Start it, or drop what was saved (virsh managedsave-remove).',
      ]
    : []),
  ...(disks.some(({ device }) => device === 'disk') ? [] : ['It has no disk.']),
];

const ofDisk = (
  { target, type, source, format, problem, alsoOf, backing }: JudgedDisk,
  formats: Profile['imageFormats'],
): string[] => {
  if (type !== 'file')
    return [
      `The disk ${target} is of type ${type} (${source ?? 'nothing'}): only files on a primary storage can be taken in. Copy it into one (virsh blockcopy, or qemu-img convert).`,
    ];
  const inFormats = (formats as readonly string[]).includes(format ?? '');
  return [
    ...(inFormats
      ? []
      : [
          `The disk ${target} has the format ${format ?? 'unknown'}, not ${formats.join(' or ')}. Convert it (qemu-img convert).`,
        ]),
    ...(problem === undefined ? [] : [`The file of the disk ${target}, ${source}, ${problem}.`]),
    ...(source !== undefined && (/[\0\n,]/.test(source) || source.split('/').includes('..'))
      ? [`The path of the disk ${target} has a comma, a line end or "..": ${JSON.stringify(source)}. Move the file.`]
      : []),
    ...(alsoOf.length > 0
      ? [`The file of the disk ${target}, ${source}, is used by ${alsoOf.join(', ')} too: deleting one would destroy the other.`]
      : []),
    ...backing
      .filter((one) => !one.startsWith('/'))
      .map((one) => `The disk ${target} stands on ${one}, which is no file. Make it whole (virsh blockpull).`),
  ];
};

const twiceIn = (disks: readonly JudgedDisk[]): string[] =>
  [
    ...Map.groupBy(
      disks.filter(({ device, source }) => device === 'disk' && source !== undefined),
      ({ source }) => source!,
    ),
  ]
    .filter(([, of]) => of.length > 1)
    .map(
      ([source, of]) => `The disks ${of.map(({ target }) => target).join(' and ')} have the same file, ${source}. Take one away.`,
    );

const ofNic = ({ mac, type, bridge, network }: UnmanagedNic): string[] =>
  bridge !== undefined && mac !== ''
    ? []
    : [
        `The NIC ${mac || 'without an address'} is of type ${type}${network === undefined ? '' : ` (${network})`} and on no bridge of this host. Put it on a bridge (virsh edit), or take it away.`,
      ];
