import type { VirtualizationMode } from './guest.ts';

/** A way to run a guest on a hypervisor. */
export interface Mode {
  readonly name: VirtualizationMode;
  /** `<os><type>`. */
  readonly os: string;
  /** The machine type; with it the host's capabilities are searched, and without it by `os`. */
  readonly machine?: string;
  /** A file on the host that is booted in place of a firmware, and finds the image's own kernel; absent: the firmware boots the root disk. */
  readonly kernel?: string;
  /** Names of `<features>`. */
  readonly features: readonly string[];
  /** `serial`: the guest has a serial port and the console is on it; otherwise the console's own target. */
  readonly console: string;
  /** With graphics the guest gets this adapter. */
  readonly video: { readonly model: string; readonly vramKiB?: number };
  /** With graphics the guest gets a tablet on this bus, so that the pointer follows; absent: the display brings its own. */
  readonly tablet?: string;
  /** If true, such a guest runs on while it moves to another host; else it is paused for as long as its memory takes. */
  readonly movesLive: boolean;
}

/** What is wrong with a host, and what its admin does about it: a sentence or two each. */
export interface Trouble {
  readonly cause: string;
  readonly mend: string;
}

/**
 * Something that must hold on the host: the file says this, the module is loaded, the device can be opened (by `group`, whose device udev makes it),
 * nothing is at this path. `otherwise`: what its admin is told where it does not hold.
 */
export type Evidence = { readonly otherwise: Trouble } & (
  | { readonly file: string; readonly word: string }
  | { readonly directory: string }
  | { readonly device: string; readonly group?: string }
  | { readonly absent: string }
);

/** An oldest version; `of` is what `versionProblems` is told. */
export interface MinimumVersion {
  readonly of: 'hypervisor' | 'libvirt' | 'emulator';
  readonly name: string;
  readonly version: string;
  /** Debian's package, whose version it is before anything runs. */
  readonly package: string;
  /** Where the kernel tells what really runs: files with a part of the version each. */
  readonly files?: readonly string[];
  /** Where libvirt does not tell it: programs that print it (`--version`), of which the first that is there is asked. */
  readonly programs?: readonly string[];
}

/** A hypervisor, as data: all that the product knows of it. Where a field is optional and absent, libvirt's own default holds. */
export interface Profile {
  /** What the cloud calls it (`listHypervisors`). */
  readonly label: string;
  /** What libvirt calls its driver (`virConnectGetType`); a connection of that type is a host of this profile. */
  readonly driver: string;
  /** The agent connects to this on its own host. */
  readonly uri: string;
  /** All of these hold: the hypervisor is there, even when libvirtd does not run. */
  readonly enabledWhen: readonly Evidence[];
  /** A host that has an older one is refused. */
  readonly minimum: readonly MinimumVersion[];
  /** Debian's packages that `prepare` installs. */
  readonly packages: readonly string[];
  /** The driver's own configuration file, in which the lock manager is chosen; absent: it has none. */
  readonly configuration?: string;
  /** The daemon that serves the driver where libvirt's are divided; absent: there is only the one for all. */
  readonly daemon?: string;
  /** How guests move to another host, the two libvirts talking to each other; absent: they do not. */
  readonly migration?: {
    /** libvirt's flags (`VIR_MIGRATE_`) beside those that all have, and those of guests that run on meanwhile. */
    readonly flags: number;
    readonly liveFlags: number;
    /** If true, a move can be given up while it goes on: the guest runs on where it was. */
    readonly abortable: boolean;
    /** If true, the hypervisor sends memory as it is, to the address that it is told: the agents of both hosts carry it between them, encrypted. */
    readonly carried: boolean;
  };
  /**
   * Programs that ask the hypervisor itself, where domains outlive a libvirtd that was killed while it created them, and the next one does not know
   * them: `list` prints lines that begin with a domain's UUID and its id, `end` ends the domain whose id follows. Absent: libvirt knows all that runs.
   */
  readonly strays?: { readonly list: readonly [string, ...string[]]; readonly end: readonly [string, ...string[]] };
  /** The domain's type on an accelerated host. */
  readonly domainType: string;
  /** The domain's type on a host that is not accelerated; absent: this hypervisor never emulates, so nothing is probed. */
  readonly emulatedType?: string;
  /** If true, domain 0 is the host itself: it is left out of reports. */
  readonly controlDomain: boolean;
  /** A request to shut down returns when the guest has heard it. To make it again would be wrong: the driver waits a minute for a guest that is leaving. */
  readonly shutdownHeard: boolean;
  /** In order of preference. */
  readonly modes: readonly [Mode, ...Mode[]];
  /** A disk of another format is refused. */
  readonly imageFormats: readonly ('qcow2' | 'raw')[];
  /** What serves every disk on the host, and its bus; its name in the guest is the prefix and a letter. */
  readonly disk: { readonly driver: string; readonly bus: string; readonly prefix: string };
  /** The guest has so many PCI Express ports, so that disks and NICs can be attached while it runs; absent: its bus needs none. */
  readonly hotplugPorts?: number;
  /** If true, the bus shows a disk's serial number in the guest. */
  readonly diskSerial: boolean;
  /** `unmap`: what the guest trims is given back to the image. */
  readonly diskDiscard?: string;
  readonly nicModel: string;
  /** Three bytes, with which the addresses of this hypervisor's NICs begin. */
  readonly macPrefix: string;
  /** The device that carries a private channel. */
  readonly channelTarget: string;
  /** The CPU's mode on an accelerated host; it is omitted on others. */
  readonly cpuMode?: string;
  /** DMI's product name, by which cloud-init's ds-identify knows the cloud. */
  readonly product?: string;
  /** The guest gets a random number generator of this model, fed from the host's /dev/urandom. */
  readonly rngModel?: string;
  /** The balloon reports the guest's memory at this interval, in seconds. */
  readonly balloon?: { readonly model: string; readonly statsSeconds: number };
}
