import { format } from '@virtstack/libvirt/xml/declare.ts';
import { type Disk, disk as declared } from '@virtstack/libvirt/xml/devices.ts';
import type { GuestDisk } from '../guest.ts';
import type { Profile } from '../profile.ts';

/** Throws when the hypervisor cannot read the format. */
export function disk(wanted: GuestDisk, profile: Profile): Disk {
  if (!profile.imageFormats.includes(wanted.format)) {
    throw new Error(
      `${wanted.path}: ${profile.label} does not run ${wanted.format} images, only ${profile.imageFormats.join(', ')}.`,
    );
  }
  return {
    type: 'file',
    device: 'disk',
    driver: { name: profile.disk.driver, type: wanted.format, discard: wanted.readOnly ? undefined : profile.diskDiscard },
    source: { file: wanted.path },
    target: { dev: diskName(wanted.slot, profile), bus: profile.disk.bus },
    readOnly: wanted.readOnly || undefined,
    serial: profile.diskSerial ? wanted.serial : undefined,
  };
}

/** The same disk as a document of its own, to be plugged into a guest that runs. Throws as `disk`. */
export const diskXml = (wanted: GuestDisk, profile: Profile): string => format(declared, disk(wanted, profile));

/** What the guest calls the disk in a slot, 0 to 25 (`vda` … `vdz`). */
export function diskName(slot: number, profile: Profile): string {
  if (!Number.isInteger(slot) || slot < 0 || slot > 25) throw new Error(`Disk slot ${slot} does not exist; slots are 0 to 25.`);
  return `${profile.disk.prefix}${'abcdefghijklmnopqrstuvwxyz'[slot]}`;
}
