import { z } from 'zod';
import { guestReport, imageFormat, virtualizationMode } from './guest.ts';

/** What an agent says of its host: data that the server stores and compares, value with value. */
export const hostFacts = z.object({
  /** The installation's label of the profile (`listHypervisors`). */
  hypervisor: z.string(),
  hypervisorVersion: z.string(),
  libvirtVersion: z.string(),
  emulatorVersion: z.string().optional(),
  /** Why this host is too old to be used, a sentence each; of an agent that does not say it, nothing. */
  tooOld: z.array(z.string()).default([]),
  /** A probe guest ran with hardware acceleration. */
  accelerated: z.boolean(),
  /** Why it is not accelerated, and what to do. */
  accelerationProblem: z.string().optional(),
  hostname: z.string(),
  arch: z.string(),
  operatingSystem: z.string(),
  kernel: z.string(),
  /** Changes when the machine was rebooted. */
  bootId: z.string(),
  cpus: z.int(),
  cpuSockets: z.int(),
  cpuMhz: z.int(),
  cpuModel: z.string(),
  /** All that guests may have together, bytes (what the control domain or the system keeps is already taken off). */
  memoryBytes: z.int(),
  virtualizationModes: z.array(virtualizationMode).min(1),
  /** The modes whose guests can move to another host: running on meanwhile, and paused for as long as it takes. Empty: of an agent that cannot. */
  migration: z
    .object({ live: z.array(virtualizationMode), paused: z.array(virtualizationMode), abortable: z.boolean() })
    .default({ live: [], paused: [], abortable: false }),
  imageFormats: z.array(imageFormat).min(1),
  /** What a caller may do here (`live-disk-snapshot`). */
  capabilities: z.array(z.string()),
  bridges: z.array(z.string()),
  addresses: z.array(z.string()),
});
export type HostFacts = z.infer<typeof hostFacts>;

/** Who serves a pool's files, where they are not the host's own. */
export const poolSource = z.object({
  type: z.literal('nfs'),
  /** A name or an address; of IPv6 in brackets. */
  server: z.string().regex(/^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])$/),
  path: z.string().regex(/^\/[\w./@+-]*$/),
  /** Of mount(8), beside those that a host chooses itself and before them. */
  options: z.array(z.string().regex(/^[a-z][a-z0-9_]*(=[\w.:-]+)?$/)).default([]),
});
export type PoolSource = z.infer<typeof poolSource>;

/** `problem`: why nothing can be done in it now, and what helps; its size is then unknown and 0. */
export const poolReport = z.object({
  path: z.string(),
  capacityBytes: z.int(),
  usedBytes: z.int(),
  problem: z.string().max(2000).optional(),
});
export type PoolReport = z.infer<typeof poolReport>;

export const hostReport = z.object({
  guests: z.array(guestReport),
  pools: z.array(poolReport),
  /** CPU used by everything on the host since the last report, 0 to 1. */
  cpuUsed: z.number().optional(),
  memoryFreeBytes: z.int().optional(),
});
export type HostReport = z.infer<typeof hostReport>;
