import type { Guest } from './guest.ts';
import type { HostCapabilities, HostGuest } from './host.ts';
import type { Mode, Profile } from './profile.ts';

/** A mode, and what the host's libvirt says about guests of that kind. */
export interface OfferedMode {
  readonly mode: Mode;
  readonly support: HostGuest;
}

/** The domain's type on this host. */
export const domainType = (profile: Profile, host: HostCapabilities): string =>
  host.accelerated ? profile.domainType : (profile.emulatedType ?? profile.domainType);

/** The profile's modes that the host can do, in order of preference. */
export function offeredModes(profile: Profile, host: HostCapabilities): OfferedMode[] {
  const type = domainType(profile, host);
  const runs = (mode: Mode) => (guest: HostGuest) =>
    guest.arch === host.arch &&
    guest.domainTypes.includes(type) &&
    (mode.machine === undefined ? guest.osType === mode.os : guest.machines.includes(mode.machine));
  return profile.modes.flatMap((mode) => {
    const support = host.guests.find(runs(mode));
    return support ? [{ mode, support }] : [];
  });
}

/** The guest's own mode, or the first that the host offers. Throws an error that names what is offered. */
export function modeOf(guest: Pick<Guest, 'mode'>, profile: Profile, host: HostCapabilities): OfferedMode {
  const offered = offeredModes(profile, host);
  const chosen = guest.mode === undefined ? offered[0] : offered.find(({ mode }) => mode.name === guest.mode);
  if (chosen) return chosen;
  const choice = offered.map(({ mode }) => mode.name).join(', ') || 'none';
  throw new Error(
    `The virtualization mode ${guest.mode ?? '(any)'} is not offered by this ${profile.label} host; it offers: ${choice}.`,
  );
}
