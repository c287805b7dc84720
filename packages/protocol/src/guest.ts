import { z } from 'zod';

/** How a guest meets its hypervisor, in neutral words; which of them a host offers is reported by its agent. */
export const virtualizationMode = z.enum(['pv', 'pvh', 'hvm']);
export type VirtualizationMode = z.infer<typeof virtualizationMode>;

export const imageFormat = z.enum(['qcow2', 'raw']);
export type ImageFormat = z.infer<typeof imageFormat>;

/** A virtual disk that exists on the host. `slot` 0 is the root disk; the slot decides the device name in the guest. */
export const guestDisk = z.object({
  slot: z.int().min(0).max(25),
  path: z.string().startsWith('/'),
  format: imageFormat,
  readOnly: z.boolean().default(false),
  /** Shown in the guest where the bus can carry it (at most 20 characters are seen). */
  serial: z.string().max(64).optional(),
});

export const guestNic = z.object({
  mac: z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/),
  bridge: z.string().regex(/^[A-Za-z0-9_.-]{1,15}$/),
  /** Bytes; omitted: the bridge's own. */
  mtu: z.int().min(576).max(65535).optional(),
});

/** A private two-way channel: a device found by `name` in the guest, a unix socket on the host; where that lies is the agent's affair. */
export const guestChannel = z.object({ name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/) });

/** The channel at which a guest's own agent listens, where it has one; every tool for guests knows this name. */
export const guestAgentChannel = 'org.qemu.guest_agent.0';

/** The channel between a guest and its cloud. Another than the guest agent's: some of libvirt's drivers take that one for themselves. */
export const privateChannel = 'org.virtstack.channel.0';

export const guestGraphics = z.object({ listen: z.string(), password: z.string().max(8).optional() });

/** cloud-init's NoCloud data, the contents of the three files. The agent makes a small read-only disk labelled `cidata` of it. */
export const guestSeed = z.object({
  metaData: z.string(),
  userData: z.string().max(1_500_000),
  /** How `userData` is written here (absent: utf8): user data may be no text, cloud-init reads gzip. */
  userDataEncoding: z.enum(['utf8', 'base64']).optional(),
  networkConfig: z.string().optional(),
});

/** A guest as the server wants it. It crosses the border; the agent makes a domain of it. */
export const guestDocument = z.object({
  uuid: z.uuid(),
  /** libvirt's name of the domain (CloudStack's instance name, `i-2-3-VM`). */
  name: z.string().regex(/^[A-Za-z0-9._-]{1,63}$/),
  /** What a person reads in virt-manager. */
  title: z.string().max(255).optional(),
  vcpus: z.int().min(1).max(4096),
  memoryKiB: z.int().min(16_384),
  /** Absent: the host's first preference. */
  mode: virtualizationMode.optional(),
  disks: z.array(guestDisk).min(1),
  nics: z.array(guestNic),
  channels: z.array(guestChannel).default([]),
  graphics: guestGraphics.optional(),
  seed: guestSeed.optional(),
});
export type GuestDocument = z.infer<typeof guestDocument>;

/** libvirt's view of a domain; `absent`: the host does not know it. */
export const guestState = z.enum(['running', 'paused', 'shutoff', 'crashed', 'absent', 'unknown']);
export type GuestState = z.infer<typeof guestState>;

export const guestReport = z.object({
  uuid: z.uuid(),
  name: z.string(),
  state: guestState,
  /** Why it is in this state, in libvirt's word (`shutdown`, `destroyed`, `crashed`, `failed`, `booted` …). */
  reason: z.string().optional(),
  /** True where this cloud made the domain (its metadata says so); a foreign domain is shown, never touched. */
  ours: z.boolean(),
  vcpus: z.int().optional(),
  memoryKiB: z.int().optional(),
  /** It runs and does not boot: why, and what helps. Taken from what it wrote on its console, so it is believed about itself alone. */
  bootProblem: z.string().max(1000).optional(),
});
export type GuestReport = z.infer<typeof guestReport>;
