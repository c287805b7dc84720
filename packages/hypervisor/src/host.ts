import { capabilities } from '@virtstack/libvirt/xml/capabilities.ts';
import { parse } from '@virtstack/libvirt/xml/declare.ts';

/** A kind of guest that a host's libvirt can run, as its capabilities say. */
export interface HostGuest {
  readonly osType: string;
  readonly arch: string;
  readonly domainTypes: readonly string[];
  /** Names and their canonical names; empty where the driver knows none. */
  readonly machines: readonly string[];
  readonly emulator?: string | undefined;
  /** The firmware that must be named for it. */
  readonly loader?: string | undefined;
}

/** What a host can do, asked of its libvirt; `accelerated` is what the agent's probe found. */
export interface HostCapabilities {
  readonly uuid?: string | undefined;
  readonly arch: string;
  readonly cpuModel?: string | undefined;
  readonly sockets: number;
  readonly guests: readonly HostGuest[];
  readonly accelerated: boolean;
}

/** Reads libvirt's capabilities. Throws XmlError when the text is none. */
export function hostCapabilities(capabilitiesXml: string, accelerated: boolean): HostCapabilities {
  const { host, guests } = parse(capabilities, capabilitiesXml);
  return {
    uuid: host?.uuid,
    arch: host?.cpu?.arch ?? 'x86_64',
    cpuModel: host?.cpu?.model,
    sockets: host?.cpu?.topology?.sockets ?? 1,
    guests: (guests ?? []).map(({ osType, arch }) => ({
      osType,
      arch: arch?.name ?? '',
      domainTypes: (arch?.domainTypes ?? []).map(({ type }) => type),
      machines: (arch?.machines ?? []).map(({ name }) => name),
      emulator: arch?.emulator,
      loader: arch?.loader,
    })),
    accelerated,
  };
}
