import type { Caller } from './caller.ts';
import { procedures } from './procedures.ts';
import type { CallOptions } from './session.ts';
import { charsToText } from './wire-types.ts';

/** libvirt's versions are one number: major * 1 000 000 + minor * 1000 + release. */
const version = (number: bigint): string => [number / 1_000_000n, (number / 1000n) % 1000n, number % 1000n].join('.');

type DomainCapabilities = {
  readonly emulator?: string | null;
  readonly arch?: string | null;
  readonly machine?: string | null;
  readonly virttype?: string | null;
};

/** The host and the driver that stands behind the connection. */
export const node = ({ call }: Caller) => ({
  /** The driver's name, as libvirt gives it. */
  async type(options?: CallOptions): Promise<string> {
    return (await call(procedures.CONNECT_GET_TYPE, undefined, options)).type;
  },
  /** The hypervisor's version, `7.2.9`. */
  async version(options?: CallOptions): Promise<string> {
    return version((await call(procedures.CONNECT_GET_VERSION, undefined, options)).hv_ver);
  },
  /** libvirt's version, `9.0.0`. */
  async libVersion(options?: CallOptions): Promise<string> {
    return version((await call(procedures.CONNECT_GET_LIB_VERSION, undefined, options)).lib_ver);
  },
  async hostname(options?: CallOptions): Promise<string> {
    return (await call(procedures.CONNECT_GET_HOSTNAME, undefined, options)).hostname;
  },
  async uri(options?: CallOptions): Promise<string> {
    return (await call(procedures.CONNECT_GET_URI, undefined, options)).uri;
  },
  /** XML: the host and the kinds of guests. */
  async capabilities(options?: CallOptions): Promise<string> {
    return (await call(procedures.CONNECT_GET_CAPABILITIES, undefined, options)).capabilities;
  },
  /** XML: what a domain of one kind can have. What is not given, the driver chooses. */
  async domainCapabilities(kind: DomainCapabilities = {}, options?: CallOptions): Promise<string> {
    const { emulator: emulatorbin = null, arch = null, machine = null, virttype = null } = kind;
    const args = { emulatorbin, arch, machine, virttype, flags: 0 };
    return (await call(procedures.CONNECT_GET_DOMAIN_CAPABILITIES, args, options)).capabilities;
  },
  async sysinfo(options?: CallOptions): Promise<string> {
    return (await call(procedures.CONNECT_GET_SYSINFO, { flags: 0 }, options)).sysinfo;
  },
  async maxVcpus(type: string | null = null, options?: CallOptions): Promise<number> {
    return (await call(procedures.CONNECT_GET_MAX_VCPUS, { type }, options)).max_vcpus;
  },
  /** Processors and how they are arranged; memory in KiB. */
  async info(options?: CallOptions) {
    const info = await call(procedures.NODE_GET_INFO, undefined, options);
    return { ...info, model: charsToText(info.model) };
  },
  /** Free memory in bytes. */
  async freeMemory(options?: CallOptions): Promise<bigint> {
    return (await call(procedures.NODE_GET_FREE_MEMORY, undefined, options)).freeMem;
  },
  /** Free memory of each NUMA cell, in bytes. */
  async cellsFreeMemory(startCell = 0, maxcells = 1024, options?: CallOptions): Promise<readonly bigint[]> {
    return (await call(procedures.NODE_GET_CELLS_FREE_MEMORY, { startCell, maxcells }, options)).cells;
  },
  /** Names of the host's devices (VIR_CONNECT_LIST_NODE_DEVICES_CAP_ filters). */
  async devices(flags = 0, options?: CallOptions): Promise<string[]> {
    const { devices } = await call(procedures.CONNECT_LIST_ALL_NODE_DEVICES, { need_results: 1, flags }, options);
    return devices.map(({ name }) => name);
  },
  async deviceXml(name: string, options?: CallOptions): Promise<string> {
    return (await call(procedures.NODE_DEVICE_GET_XML_DESC, { name, flags: 0 }, options)).xml;
  },
});
