import { diskXml } from '@virtstack/hypervisor';
import {
  isInvalidState,
  LibvirtError,
  VIR_CONNECT_LIST_DOMAINS_PERSISTENT,
  VIR_DOMAIN_AFFECT_CONFIG,
  VIR_DOMAIN_AFFECT_LIVE,
  VIR_DOMAIN_XML_INACTIVE,
  xml,
} from '@virtstack/libvirt';
import { type GuestDocument, PeerError } from '@virtstack/protocol';
import type { Host } from '../host.ts';
import { asRefusal } from '../refusal.ts';
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

/** Adds a disk, unless it is there. @throws {PeerError} `conflict`: another disk has its place; `not-plugged`: a guest that runs cannot be given it now. */
export const plug = async (host: Host, uuid: string, disk: GuestDocument['disks'][number], scope: Scope): Promise<void> => {
  const { profile, jobs } = host.libvirt.now;
  const document = asXml(() => diskXml(disk, profile));
  const there = await disksOf(host, uuid, scope);
  if (withFile(there, disk.path)) return;
  const place = xml.parse(xml.disk, document).target?.dev;
  const other = there.find(({ target }) => target?.dev === place);
  if (other) throw new PeerError('conflict', `The guest has another disk as ${place}: ${other.source?.file ?? 'not a file'}.`);
  const attach = (): Promise<void> => jobs.domains.handle(uuid).attachDevice(document, affects[scope], { timeoutMs: ATTACH_MS });
  try {
    await inspiteOfLeftovers(attach);
  } catch (error) {
    if (scope === 'defined') throw error;
    // It went down meanwhile: what it gets is then its definition's affair.
    if (isInvalidState(error) && !isActive((await host.guests.ask(uuid)).state)) return;
    throw error instanceof LibvirtError && error.origin === 'server' ? notPlugged(error) : error;
  }
};

/** A libvirtd that is killed in the midst of an attach leaves names in the guest's QEMU which the next one does not know and takes again; each try takes new ones. */
const ATTACH_TRIES = 5;
const inspiteOfLeftovers = async (attach: () => Promise<void>): Promise<void> => {
  for (let tries = 1; ; tries++) {
    try {
      return await attach();
    } catch (error) {
      const taken = error instanceof LibvirtError && error.message.includes('Duplicate nodes with node-name');
      if (!taken || tries === ATTACH_TRIES) throw error;
    }
  }
};

/** Mostly there is no free port in it; a start makes as many as are needed. */
const notPlugged = (error: LibvirtError): PeerError => {
  const { message, detail } = asRefusal(error);
  const todo = 'Stop the guest, attach it, and start the guest: then there is room for all that it can have.';
  return new PeerError('not-plugged', `The guest runs and could not be given the disk (${message}). ${todo}`, detail);
};
