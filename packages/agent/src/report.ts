import type { HostReport } from '@virtstack/protocol';
import { cpuMeter } from './facts/cpu-use.ts';
import { freeMemory } from './facts/memory.ts';
import { asReport } from './guests/describe.ts';
import type { Host } from './host.ts';

/** Makes full reports; between two of them it measures how busy the host was. */
export const reporter = (host: Pick<Host, 'libvirt' | 'pools' | 'guests'>): (() => Promise<HostReport>) => {
  const meter = cpuMeter();
  return async () => {
    const attachment = host.libvirt.now;
    const [pools, cpuUsed, memoryFreeBytes] = await Promise.all([host.pools.report(), meter(attachment), freeMemory(attachment)]);
    // Last, so that nothing is told of a guest between this and the sending.
    const guests = (await host.guests.report()).map(asReport);
    return { guests, pools, memoryFreeBytes, ...(cpuUsed !== undefined && { cpuUsed }) };
  };
};
