import type { Guest } from './guest.ts';
import type { HostCapabilities } from './host.ts';
import type { Profile } from './profile.ts';

/** The guest as libvirt's domain XML; throws when the host cannot do what the guest asks for. */
export declare function domainXml(guest: Guest, profile: Profile, host: HostCapabilities): string;
