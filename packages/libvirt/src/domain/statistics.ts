import type { Caller } from '../caller.ts';
import { type ParameterValue, parametersToRecord } from '../parameters.ts';
import { procedures } from '../procedures.ts';
import type { CallOptions } from '../session.ts';
import type { DomainReference } from '../wire-types.ts';

const TYPED_STRINGS_OKAY = 4;
/** More kinds of memory statistics than libvirt has. */
const MEMORY_STATS = 64;

/** What a domain uses. Counters are bigint. */
export const statistics = ({ call }: Caller, dom: DomainReference) => ({
  /** Of one disk, by target (`vda`) or path; the empty path is all disks together. */
  async blockStats(path: string, options?: CallOptions): Promise<Record<string, ParameterValue>> {
    const flags = TYPED_STRINGS_OKAY;
    // libvirt's old getters tell first how many parameters there are, and give them only to who asks for that many.
    const { nparams } = await call(procedures.DOMAIN_BLOCK_STATS_FLAGS, { dom, path, nparams: 0, flags }, options);
    const { params } = await call(procedures.DOMAIN_BLOCK_STATS_FLAGS, { dom, path, nparams, flags }, options);
    return parametersToRecord(params);
  },
  /** Capacity, allocation and physical size of a disk, in bytes. */
  blockInfo(path: string, options?: CallOptions) {
    return call(procedures.DOMAIN_GET_BLOCK_INFO, { dom, path, flags: 0 }, options);
  },
  /** Of one NIC, by its host device (`vnet0`) or MAC; bytes, packets, errors, drops, as seen by the guest; -1 is unknown. */
  interfaceStats(device: string, options?: CallOptions) {
    return call(procedures.DOMAIN_INTERFACE_STATS, { dom, device }, options);
  },
  /** By VIR_DOMAIN_MEMORY_STAT_ number; sizes in KiB. */
  async memoryStats(options?: CallOptions): Promise<Map<number, bigint>> {
    const { stats } = await call(procedures.DOMAIN_MEMORY_STATS, { dom, maxStats: MEMORY_STATS, flags: 0 }, options);
    return new Map(stats.map(({ tag, val }) => [tag, val]));
  },
  /** Of the whole domain: `cpu_time`, `user_time`, `system_time`, in ns, as far as the driver knows. */
  async cpuStats(options?: CallOptions): Promise<Record<string, ParameterValue>> {
    const whole = { dom, start_cpu: -1, ncpus: 1, flags: TYPED_STRINGS_OKAY };
    const { nparams } = await call(procedures.DOMAIN_GET_CPU_STATS, { ...whole, nparams: 0 }, options);
    const { params } = await call(procedures.DOMAIN_GET_CPU_STATS, { ...whole, nparams }, options);
    return parametersToRecord(params);
  },
  /** NICs and their addresses, from VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ lease, agent or arp. */
  async interfaceAddresses(source: number, flags = 0, options?: CallOptions) {
    return (await call(procedures.DOMAIN_INTERFACE_ADDRESSES, { dom, source, flags }, options)).ifaces;
  },
  /** Disks on which an I/O error has stopped the domain. */
  async diskErrors(options?: CallOptions) {
    return (await call(procedures.DOMAIN_GET_DISK_ERRORS, { dom, maxerrors: 256, flags: 0 }, options)).errors;
  },
});
