import { diskXml } from '@virtstack/hypervisor';
import {
  isInvalidState,
  VIR_CONNECT_LIST_DOMAINS_PERSISTENT,
  VIR_DOMAIN_AFFECT_CONFIG,
  VIR_DOMAIN_AFFECT_LIVE,
  VIR_DOMAIN_XML_INACTIVE,
  xml,
} from '@virtstack/libvirt';
import { type GuestDocument, PeerError } from '@virtstack/protocol';
import type { Host } from '../host.ts';
import { asXml } from './define.ts';
import { isActive } from './state.ts';

/** What a guest has now, and what it gets whenever it is started. */
export type Scope = 'live' | 'defined';
export const affects = { live: VIR_DOMAIN_AFFECT_LIVE, defined: VIR_DOMAIN_AFFECT_CONFIG } as const satisfies Record<
  Scope,
  number
>;

type Disk = xml.Disk;
const XML_MS = 10_000;
const ATTACH_MS = 60_000;

/** The disks of a domain. One that is down has none live. */
export const disksOf = async (host: Host, uuid: string, scope: Scope): Promise<readonly Disk[]> => {
  if (scope === 'live' && !isActive((await host.guests.ask(uuid)).state)) return [];
  const flags = scope === 'live' ? 0 : VIR_DOMAIN_XML_INACTIVE;
  const text = await host.libvirt.now.queries.domains.handle(uuid).xml(flags, { timeoutMs: XML_MS });
  return xml.parse(xml.domain, text).devices?.disks ?? [];
};

export const withFile = (disks: readonly Disk[], path: string): Disk | undefined =>
  disks.find(({ source }) => source?.file === path);

/** Whether there is a definition beside what runs: an admin may have undefined a domain while it ran. */
export const isDefined = async (host: Host, uuid: string): Promise<boolean> =>
  (await host.libvirt.now.queries.domains.list(VIR_CONNECT_LIST_DOMAINS_PERSISTENT)).some((domain) => domain.uuid === uuid);

/** Adds a disk, unless it is there. @throws {PeerError} `conflict`: another disk has its place. */
export const plug = async (host: Host, uuid: string, disk: GuestDocument['disks'][number], scope: Scope): Promise<void> => {
  const { profile, jobs } = host.libvirt.now;
  const document = asXml(() => diskXml(disk, profile));
  const there = await disksOf(host, uuid, scope);
  if (withFile(there, disk.path)) return;
  const place = xml.parse(xml.disk, document).target?.dev;
  const other = there.find(({ target }) => target?.dev === place);
  if (other) throw new PeerError('conflict', `The guest has another disk as ${place}: ${other.source?.file ?? 'not a file'}.`);
  try {
    await jobs.domains.handle(uuid).attachDevice(document, affects[scope], { timeoutMs: ATTACH_MS });
  } catch (error) {
    // It went down meanwhile: what it gets is then its definition's affair.
    if (scope !== 'live' || !isInvalidState(error) || isActive((await host.guests.ask(uuid)).state)) throw error;
  }
};
