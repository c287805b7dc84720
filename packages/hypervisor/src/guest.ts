/** How a guest meets its hypervisor, in neutral words. */
export type VirtualizationMode = 'pv' | 'pvh' | 'hvm';

/** A disk that exists on the host; the slot (0 is the root disk, 25 the last) decides its name in the guest. */
export interface GuestDisk {
  readonly slot: number;
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
  readonly readOnly: boolean;
  readonly serial?: string | undefined;
}

export interface GuestNic {
  readonly mac: string;
  readonly bridge: string;
  /** Bytes; omitted: the bridge's own. */
  readonly mtu?: number | undefined;
}

/** A private two-way channel: a unix socket at `path` on the host, a device found by `name` in the guest. */
export interface GuestChannel {
  readonly name: string;
  readonly path: string;
}

export interface GuestGraphics {
  readonly listen: string;
  readonly password?: string | undefined;
}

/** A guest as a host runs it: what the server asked for and what its agent added (the seed's disk, the log, the epoch). */
export interface Guest {
  readonly uuid: string;
  readonly name: string;
  readonly title?: string | undefined;
  readonly vcpus: number;
  readonly memoryKiB: number;
  /** Absent: the first in the profile's order of preference that the host can do. */
  readonly mode?: VirtualizationMode | undefined;
  readonly disks: readonly GuestDisk[];
  readonly nics: readonly GuestNic[];
  readonly channels: readonly GuestChannel[];
  readonly graphics?: GuestGraphics | undefined;
  /** A file on the host that keeps the output of the current run's console; absent: it is not kept. */
  readonly consoleLog?: string | undefined;
  /** Of the order that made this definition; read back with `guestMetadata`. */
  readonly epoch: number;
}
