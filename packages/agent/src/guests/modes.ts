import { offeredModes } from '@virtstack/hypervisor';
import { parse } from '@virtstack/libvirt/xml/declare.ts';
import { domain } from '@virtstack/libvirt/xml/domain.ts';
import type { Attachment } from '../attach.ts';
import type { Modes } from '../console/boot-problems.ts';

const ASK_MS = 4_000;

/** How a guest is run, and in which other ways this host could. @throws {LibvirtError} */
export const modesOf = async ({ queries, profile, capabilities }: Attachment, uuid: string): Promise<Modes> => {
  const { os } = parse(domain, await queries.domains.handle(uuid).xml(0, { timeoutMs: ASK_MS }));
  const offered = offeredModes(profile, capabilities).map(({ mode }) => mode);
  const now = offered.find((mode) => mode.os === os?.type?.name);
  const others = offered.filter((mode) => mode !== now);
  return { now: now?.name, others: others.map(({ name, kernel }) => ({ name, ownLoader: kernel === undefined })) };
};
