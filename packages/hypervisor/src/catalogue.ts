import { kvm } from './kvm.ts';
import type { Profile } from './profile.ts';
import { xen } from './xen.ts';

/** Every hypervisor of the product, one line each. */
export const catalogue: readonly Profile[] = [kvm, xen];

/** The profile of a libvirt connection's type (`virConnectGetType`). Throws for a driver that is none of ours. */
export function profileOf(driver: string, profiles: readonly Profile[] = catalogue): Profile {
  const found = profiles.find((profile) => profile.driver === driver);
  if (found) return found;
  const known = profiles.map((profile) => profile.driver).join(', ');
  throw new Error(`libvirt's driver ${JSON.stringify(driver)} is not supported; supported are ${known}.`);
}

/** The profile that the cloud calls by this label (`XEN`); undefined for another. */
export const profileLabelled = (label: string, profiles: readonly Profile[] = catalogue): Profile | undefined =>
  profiles.find((profile) => profile.label === label);
