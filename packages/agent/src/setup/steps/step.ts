import type { Profile } from '@virtstack/hypervisor';
import type { Findings } from '../found.ts';
import type { LibvirtDaemon } from '../libvirt-daemon.ts';

/** What every step knows of the host that it changes. */
export type Changed = {
  readonly profile: Profile;
  readonly findings: Findings;
  /** Asked for when it is needed: an installation may bring other units. */
  readonly daemon: () => Promise<LibvirtDaemon>;
};

/**
 * One change to a host, and how it is taken back. Both may be cut off anywhere and are then done again from the start, and both may be done twice. What is
 * changed is remembered before. They answer what was done, in words.
 */
export type Step<Request> = {
  /** In the infinitive. */
  readonly name: string;
  readonly do: (host: Changed, request: Request) => Promise<string>;
  readonly undo?: Undo;
};

export type Undo = {
  readonly name: string;
  readonly do: (host: Changed) => Promise<string>;
};
