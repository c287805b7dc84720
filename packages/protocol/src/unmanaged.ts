import { z } from 'zod';
import { guestState, virtualizationMode } from './guest.ts';

/** A disk of a domain that this cloud did not make, as its document has it and as it was found on the host. */
export const unmanagedDisk = z.object({
  /** libvirt's name of it (`vda`). */
  target: z.string(),
  /** `disk`, `cdrom`, `floppy` or `lun`. */
  device: z.string(),
  /** `file`, `block`, `network` … */
  type: z.string(),
  bus: z.string().optional(),
  /** Where its data is: a file, a device, or what libvirt calls it. Absent: a drive with nothing in it. */
  source: z.string().optional(),
  /** As the document says, never as the data says: a guest writes its data. */
  format: z.string().optional(),
  /** What the guest sees. Absent: it could not be found out. */
  capacityBytes: z.int().optional(),
  /** The files beneath it, the nearest first. */
  backing: z.array(z.string()),
  readOnly: z.boolean(),
  /** 1 is booted first. */
  bootOrder: z.int().optional(),
});
export type UnmanagedDisk = z.infer<typeof unmanagedDisk>;

export const unmanagedNic = z.object({
  mac: z.string(),
  /** `bridge`, `network`, `direct`, `user` … */
  type: z.string(),
  model: z.string().optional(),
  /** The bridge on which it is, also by way of a network of libvirt's. */
  bridge: z.string().optional(),
  /** That network. */
  network: z.string().optional(),
  /** Its IPv4 address, where libvirt knows it. */
  address: z.string().optional(),
});
export type UnmanagedNic = z.infer<typeof unmanagedNic>;

/** A domain that this cloud did not make. */
export const unmanagedGuest = z.object({
  uuid: z.uuid(),
  name: z.string(),
  state: guestState,
  vcpus: z.int(),
  memoryKiB: z.int(),
  mode: virtualizationMode.optional(),
  firmware: z.string().optional(),
  disks: z.array(unmanagedDisk),
  nics: z.array(unmanagedNic),
  graphics: z.array(z.object({ type: z.string(), port: z.int().optional() })),
  autostart: z.boolean(),
  snapshots: z.boolean(),
  /** What stands against taking it in: cause and what helps, a sentence or two each. */
  obstacles: z.array(z.string()),
});
export type UnmanagedGuest = z.infer<typeof unmanagedGuest>;
