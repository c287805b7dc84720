import { bareMetadata, type GuestMetadata, guestNamespace, guestPrefix } from '@virtstack/hypervisor';
import {
  isNotFound,
  VIR_DOMAIN_AFFECT_CONFIG,
  VIR_DOMAIN_AFFECT_LIVE,
  VIR_DOMAIN_METADATA_ELEMENT,
  VIR_DOMAIN_XML_INACTIVE,
  VIR_DOMAIN_XML_SECURE,
} from '@virtstack/libvirt';
import { isDefined } from '../guests/disks.ts';
import { isActive } from '../guests/state.ts';
import type { Host } from '../host.ts';

const SET_MS = 30_000;

/** Writes our mark into a domain, or takes it away: into what runs and into its definition. Nothing else of either is touched. */
export const setMark = async (host: Host, uuid: string, mark: GuestMetadata | undefined): Promise<void> => {
  const { state } = await host.guests.ask(uuid);
  const live = isActive(state) ? VIR_DOMAIN_AFFECT_LIVE : 0;
  const flags = live | ((await isDefined(host, uuid)) ? VIR_DOMAIN_AFFECT_CONFIG : 0);
  const domain = host.libvirt.now.jobs.domains.handle(uuid);
  const key = { key: guestPrefix, uri: guestNamespace };
  try {
    await domain.setMetadata(VIR_DOMAIN_METADATA_ELEMENT, mark ? bareMetadata(mark) : null, key, { flags, timeoutMs: SET_MS });
  } catch (error) {
    if (mark || !isNotFound(error)) throw error;
  }
  if (!mark && flags & VIR_DOMAIN_AFFECT_CONFIG) await dropEmpty(host, uuid);
  host.guests.refresh(uuid);
};

const empty = /^ {2}<metadata\/>\n/m;

/** libvirt (9.0) leaves an empty element behind in which our mark was alone; the definition is then made what it was. What runs has it until it stops. */
const dropEmpty = async ({ libvirt }: Host, uuid: string): Promise<void> => {
  const { domains } = libvirt.now.jobs;
  const text = await domains.handle(uuid).xml(VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE, { timeoutMs: SET_MS });
  if (empty.test(text)) await domains.define(text.replace(empty, ''), 0, { timeoutMs: SET_MS });
};
