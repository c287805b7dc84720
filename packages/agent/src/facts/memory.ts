import { readFile } from 'node:fs/promises';
import { VIR_CONNECT_LIST_DOMAINS_ACTIVE } from '@virtstack/libvirt';
import type { Attachment } from '../attach.ts';

const KIB = 1024;
/** Kept for the system where guests and it share one memory: a gigabyte, as CloudStack keeps, but not more than a tenth. */
const RESERVE_BYTES = 2 ** 30;
const RESERVE_PART = 0.1;

/** All that guests may have together, in bytes. */
export const guestMemory = async ({ queries, profile }: Attachment): Promise<number> => {
  if (!profile.controlDomain) {
    // The kernel counts memory that was plugged in since libvirt started, too.
    const total = (await kernelMemory('MemTotal')) * KIB;
    return Math.floor(total - Math.min(RESERVE_BYTES, total * RESERVE_PART));
  }
  // The control domain has taken its part already: what is free, and what guests have, is theirs.
  const domains = (await queries.domains.list(VIR_CONNECT_LIST_DOMAINS_ACTIVE)).filter(({ id }) => id !== 0);
  const used = await Promise.all(domains.map(async (domain) => Number((await domain.info()).memory) * KIB));
  return Number(await queries.node.freeMemory()) + used.reduce((sum, each) => sum + each, 0);
};

/** What a new guest could have at once, in bytes. */
export const freeMemory = async ({ queries, profile }: Attachment): Promise<number> => {
  if (profile.controlDomain) return Number(await queries.node.freeMemory());
  return (await kernelMemory('MemAvailable')) * KIB;
};

const kernelMemory = async (field: string): Promise<number> =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(await readFile('/proc/meminfo', 'utf8'))![1]);
