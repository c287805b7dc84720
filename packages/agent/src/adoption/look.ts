import { offeredModes } from '@virtstack/hypervisor';
import {
  VIR_CONNECT_LIST_DOMAINS_AUTOSTART,
  VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT,
  VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE,
  VIR_CONNECT_LIST_DOMAINS_PERSISTENT,
  xml,
} from '@virtstack/libvirt';
import type { UnmanagedDisk, UnmanagedGuest } from '@virtstack/protocol';
import type { Described } from '../guests/describe.ts';
import { isActive } from '../guests/state.ts';
import type { Host } from '../host.ts';
import { Slots } from '../slots.ts';
import { type DiskFile, lookAtFile } from './disk-file.ts';
import { nicsOf } from './nics.ts';
import { type JudgedDisk, obstaclesOf } from './obstacles.ts';

const ASK_MS = 10_000;
const ASKED_AT_ONCE = 3;
/** Each is looked at by a process of its own. */
const FILES_AT_ONCE = 8;

type Looking = Pick<Host, 'libvirt' | 'guests'>;
/** A domain and its document; without one it could not be read. */
type Read = { readonly guest: Described; readonly document?: xml.Domain; readonly trouble?: string };

/** What libvirt knows of all domains at once. */
type Sets = { readonly persistent: Uuids; readonly saved: Uuids; readonly autostart: Uuids; readonly snapshots: Uuids };
type Uuids = ReadonlySet<string>;

/** The domains of this host that are not this cloud's, or the one that `which` names. They are looked at, and nothing else. */
export const unmanagedGuests = async (
  host: Looking,
  which: (guest: Described) => boolean = () => true,
): Promise<UnmanagedGuest[]> => {
  const slots = new Slots(ASKED_AT_ONCE);
  const all = await Promise.all((await host.guests.report()).map((guest) => slots.use(() => read(host, guest))));
  const [sets, uses] = await Promise.all([setsOf(host), usesOf(all)]);
  const wanted = all.filter(({ guest }) => !guest.ours && which(guest));
  return Promise.all(wanted.map((one) => slots.use(() => described(host, one, uses, sets))));
};

const read = async ({ libvirt }: Looking, guest: Described): Promise<Read> => {
  try {
    const text = await libvirt.now.queries.domains.handle(guest.uuid).xml(0, { timeoutMs: ASK_MS });
    return { guest, document: xml.parse(xml.domain, text) };
  } catch (error) {
    return { guest, trouble: error instanceof Error ? error.message : String(error) };
  }
};

const setsOf = async ({ libvirt }: Looking): Promise<Sets> => {
  const those = async (flag: number): Promise<Uuids> =>
    new Set((await libvirt.now.queries.domains.list(flag, { timeoutMs: ASK_MS })).map(({ uuid }) => uuid));
  const [persistent, saved, autostart, snapshots] = await Promise.all([
    those(VIR_CONNECT_LIST_DOMAINS_PERSISTENT),
    those(VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE),
    those(VIR_CONNECT_LIST_DOMAINS_AUTOSTART),
    those(VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT),
  ]);
  return { persistent, saved, autostart, snapshots };
};

const described = async (
  host: Looking,
  { guest, document, trouble }: Read,
  uses: readonly Use[],
  sets: Sets,
): Promise<UnmanagedGuest> => {
  const { uuid, name, state, vcpus = 0, memoryKiB = 0 } = guest;
  const { profile, capabilities, queries } = host.libvirt.now;
  const disks = await disksOf(uuid, document, uses);
  const interfaces = document?.devices?.interfaces ?? [];
  const nics = await nicsOf(host, queries.domains.handle(uuid), interfaces, isActive(state));
  const mode = offeredModes(profile, capabilities).find((offered) => offered.mode.os === document?.os?.type?.name)?.mode.name;
  const judged = {
    name,
    state,
    vcpus,
    memoryKiB,
    disks,
    nics,
    persistent: sets.persistent.has(uuid),
    saved: sets.saved.has(uuid),
  };
  return {
    ...{ uuid, name, state, vcpus, memoryKiB, nics },
    ...(mode && { mode }),
    ...firmwareOf(document),
    disks: disks.map(({ problem: _, alsoOf: __, ...disk }) => disk),
    graphics: (document?.devices?.graphics ?? []).map(({ type, port }) => ({
      type,
      ...(port !== undefined && port > 0 && { port }),
    })),
    autostart: sets.autostart.has(uuid),
    snapshots: sets.snapshots.has(uuid),
    obstacles: document ? obstaclesOf(judged, profile) : [`Its definition could not be read: ${trouble}`],
  };
};

const firmwareOf = (document: xml.Domain | undefined): { firmware?: string } => {
  const { firmware, loader } = document?.os ?? {};
  if (firmware === 'efi' || loader?.type === 'pflash') return { firmware: 'efi' };
  return document?.os?.type?.name === 'hvm' ? { firmware: 'bios' } : {};
};

type Use = { readonly uuid: string; readonly name: string; readonly files: readonly string[] };

/** Which domain uses which files, those beneath its disks too. */
const usesOf = async (all: readonly Read[]): Promise<Use[]> => {
  const slots = new Slots(FILES_AT_ONCE);
  const disks = all.flatMap(({ guest: { uuid, name }, document }) =>
    (document?.devices?.disks ?? [])
      .map(plainDisk)
      .filter(isFile)
      .map((disk) => ({ uuid, name, disk })),
  );
  const withFiles = async ({ uuid, name, disk: { source, format } }: (typeof disks)[number]): Promise<Use> => {
    const { backing } = await lookAtFile(source, format ?? 'raw');
    return { uuid, name, files: [source, ...backing] };
  };
  return Promise.all(disks.map((one) => slots.use(() => withFiles(one))));
};

const isFile = (disk: UnmanagedDisk): disk is UnmanagedDisk & { readonly source: string } =>
  disk.type === 'file' && disk.device === 'disk' && disk.source !== undefined;

const disksOf = (uuid: string, document: xml.Domain | undefined, uses: readonly Use[]): Promise<JudgedDisk[]> =>
  Promise.all(
    (document?.devices?.disks ?? []).map(plainDisk).map(async (disk): Promise<JudgedDisk> => {
      if (!isFile(disk)) return { ...disk, alsoOf: [] };
      const { source } = disk;
      const users = uses.filter((use) => use.uuid !== uuid && use.files.includes(source)).map(({ name }) => name);
      return { ...disk, ...withoutLists(await lookAtFile(source, disk.format ?? 'raw')), alsoOf: [...new Set(users)] };
    }),
  );

const withoutLists = (file: DiskFile): { capacityBytes?: number; backing: string[]; problem?: string } => ({
  ...file,
  backing: [...file.backing],
});

const plainDisk = ({ type, device, driver, source, target, readOnly, boot }: xml.Disk): UnmanagedDisk => {
  const where =
    source?.file ?? source?.dev ?? (source?.name === undefined ? undefined : `${source.protocol ?? ''}:${source.name}`);
  return {
    target: target?.dev ?? '',
    device: device ?? 'disk',
    type,
    ...(target?.bus !== undefined && { bus: target.bus }),
    ...(where !== undefined && { source: where }),
    ...(driver?.type !== undefined ? { format: driver.type } : type === 'file' && { format: 'raw' }),
    backing: [],
    readOnly: readOnly ?? false,
    ...(boot && { bootOrder: boot.order }),
  };
};
