import type { VirtualizationMode } from './guest.ts';

/** A kind of guest that the host's libvirt can run, from its capabilities. */
export interface HostGuest {
  readonly osType: string;
  readonly arch: string;
  readonly domainTypes: readonly string[];
  readonly machines: readonly string[];
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

/** Reads libvirt's capabilities; throws XmlError when the text is none. */
export declare function hostCapabilities(capabilitiesXml: string, accelerated: boolean): HostCapabilities;
export type { VirtualizationMode };
