import type { Profile } from '@virtstack/hypervisor';
import type { SetupRequest } from '@virtstack/protocol';
import { allGuests, namesOf } from '../guests.ts';
import { libvirtAnswers } from '../libvirt-daemon.ts';
import { bringBack, bringUp, systemctl, unitState } from '../units.ts';
import type { Changed, Step } from './step.ts';

/** Enables and starts libvirt's daemon, as the distribution brings it. */
export const libvirt: Step<SetupRequest<'prepare'>> = {
  name: 'start libvirt',
  do: async ({ profile, findings, daemon }) => {
    const { units, service } = await daemon();
    for (const unit of units) {
      const { loaded, masked } = await unitState(unit);
      if (!loaded && !masked) continue;
      // A daemon that was started without its socket keeps systemd from listening in its place, and needs it not.
      if (unit.endsWith('.socket') && masked && (await unitState(service)).active) continue;
      await findings.rememberUnit(unit);
      await bringUp(unit);
    }
    return `libvirt ${await answerOf(profile, service)} answers`;
  },
  undo: { name: 'leave libvirt as it ran', do: (host) => bringLibvirtBack(host) },
};

/** A daemon that ran before its driver was installed does not know it. */
const answerOf = async (profile: Profile, service: string): Promise<string> => {
  const version = await libvirtAnswers(profile, service, SOON_MS).catch(() => undefined);
  if (version !== undefined) return version;
  await systemctl('restart', service);
  return libvirtAnswers(profile, service);
};

const SOON_MS = 10_000;

const bringLibvirtBack = async ({ findings, daemon }: Changed): Promise<string> => {
  const before = Object.entries(findings.now.units).filter(([, unit]) => unit.loaded);
  const units = (await daemon()).units.toReversed();
  const changed = units.flatMap((name) => before.filter(([each]) => each === name));
  if (changed.every(([, unit]) => unit.enabled && unit.active)) return 'it ran before';
  const running = (await allGuests()).filter((guest) => guest.running);
  if (running.length > 0) return `it goes on, for guests run: ${namesOf(running)}`;
  for (const [name, unit] of changed) await bringBack(name, unit);
  return changed.map(([name]) => name).join(', ');
};
