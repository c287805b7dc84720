import type { Caller } from '../caller.ts';
import { procedures } from '../procedures.ts';
import type { CallOptions } from '../session.ts';
import type { DomainReference, TypedParameter } from '../wire-types.ts';

/** Devices, virtual processors and memory of a domain. Flags are VIR_DOMAIN_AFFECT_ and VIR_DOMAIN_DEVICE_MODIFY_. */
export const devices = ({ call }: Caller, dom: DomainReference) => ({
  async attachDevice(xml: string, flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_ATTACH_DEVICE_FLAGS, { dom, xml, flags }, options);
  },
  /** Live, it only asks the guest: the event VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED says when it is gone, where the driver has it. */
  async detachDevice(xml: string, flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_DETACH_DEVICE_FLAGS, { dom, xml, flags }, options);
  },
  async detachDeviceAlias(alias: string, flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_DETACH_DEVICE_ALIAS, { dom, alias, flags }, options);
  },
  async updateDevice(xml: string, flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_UPDATE_DEVICE_FLAGS, { dom, xml, flags }, options);
  },
  async vcpus(flags = 0, options?: CallOptions): Promise<number> {
    return (await call(procedures.DOMAIN_GET_VCPUS_FLAGS, { dom, flags }, options)).num;
  },
  async setVcpus(nvcpus: number, flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_SET_VCPUS_FLAGS, { dom, nvcpus, flags }, options);
  },
  /** In KiB. */
  async setMemory(memory: bigint, flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_SET_MEMORY_FLAGS, { dom, memory, flags }, options);
  },
  /** How often, in seconds, the guest's balloon driver is asked for statistics; 0 is never. */
  async setMemoryStatsPeriod(period: number, flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_SET_MEMORY_STATS_PERIOD, { dom, period, flags }, options);
  },
  /** In bytes, unless the flag VIR_DOMAIN_BLOCK_RESIZE_BYTES is missing: then KiB, so it is the default here. */
  async resizeDisk(disk: string, size: bigint, flags = 1, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_BLOCK_RESIZE, { dom, disk, size, flags }, options);
  },
  async setBlockIoTune(disk: string, params: readonly TypedParameter[], flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_SET_BLOCK_IO_TUNE, { dom, disk, params, flags }, options);
  },
  async setInterfaceParameters(
    device: string,
    params: readonly TypedParameter[],
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    await call(procedures.DOMAIN_SET_INTERFACE_PARAMETERS, { dom, device, params, flags }, options);
  },
  async setSchedulerParameters(params: readonly TypedParameter[], flags = 0, options?: CallOptions): Promise<void> {
    await call(procedures.DOMAIN_SET_SCHEDULER_PARAMETERS_FLAGS, { dom, params, flags }, options);
  },
});
