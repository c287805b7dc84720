import {
  VIR_MIGRATE_LIVE,
  VIR_MIGRATE_PEER2PEER,
  VIR_MIGRATE_PERSIST_DEST,
  VIR_MIGRATE_UNDEFINE_SOURCE,
} from '@virtstack/libvirt/constants/domain-work.ts';
import type { VirtualizationMode } from './guest.ts';
import type { HostCapabilities } from './host.ts';
import { offeredModes } from './modes.ts';
import type { Profile } from './profile.ts';

/** The modes whose guests can go to another host: running on meanwhile, and paused for as long as their memory takes. */
export interface MovableModes {
  readonly live: VirtualizationMode[];
  readonly paused: VirtualizationMode[];
  /** If true, a move can be given up while it goes on. */
  readonly abortable: boolean;
}

/** How guests of this host move; by no mode where its driver moves none. */
export function movableModes(profile: Profile, host: HostCapabilities): MovableModes {
  const { migration } = profile;
  if (!migration) return { live: [], paused: [], abortable: false };
  const modes = offeredModes(profile, host).map(({ mode }) => mode);
  const live = modes.filter((mode) => mode.movesLive);
  return { live: live.map(({ name }) => name), paused: modes.map(({ name }) => name), abortable: migration.abortable };
}

/** Where the libvirt of the host at `address` is for another libvirt; `pki`: the directory with the certificates that it shows. Of IPv6 without brackets. */
export function peerUri({ uri }: Pick<Profile, 'uri'>, address: string, pki: string): string {
  const host = address.includes(':') ? `[${address}]` : address;
  const { protocol, pathname } = new URL(uri);
  return `${protocol.slice(0, -1)}+tls://${host}${pathname}?pkipath=${pki}`;
}

/** libvirt's flags (`VIR_MIGRATE_`) for a guest of this profile: it is defined where it goes and no more where it was. */
export function migrationFlags({ migration }: Profile, live: boolean): number {
  const always = VIR_MIGRATE_PEER2PEER | VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_UNDEFINE_SOURCE;
  const own = migration?.flags ?? 0;
  return always | own | (live ? VIR_MIGRATE_LIVE | (migration?.liveFlags ?? 0) : 0);
}
