import { PeerError } from '@virtstack/protocol';
import type { Logger } from 'pino';
import type { Attachment } from '../attach.ts';
import { jobOf } from '../migration/job.ts';
import { run } from '../system/run.ts';
import { describe } from './describe.ts';
import { isActive } from './state.ts';

const END_MS = 60_000;

export type Stray = { readonly uuid: string; readonly id: string };
type At = Pick<Attachment, 'profile' | 'queries'>;

/**
 * Ends what the hypervisor runs of these guests although libvirt says that they are down, and does nothing with them: domains that a libvirtd was
 * creating or receiving when it was killed. Each would keep its guest from starting here, and could write to its disks while it runs elsewhere.
 * @throws {PeerError} when the hypervisor's own programs fail.
 */
export const endStrays = async (at: At, ours: (uuid: string) => boolean, log: Logger): Promise<Stray[]> => {
  const ended: Stray[] = [];
  for (const stray of await domainsOf(at)) {
    if (!ours(stray.uuid) || (await isKnown(at, stray.uuid))) continue;
    log.warn(stray, 'the hypervisor has a domain of this guest that libvirt does not know: it is ended');
    await end(at, stray);
    ended.push(stray);
  }
  return ended;
};

const domainsOf = async ({ profile: { strays } }: At): Promise<Stray[]> => {
  const lines = strays ? (await run(strays.list)).split('\n') : [];
  return lines.flatMap((line) => {
    const [, uuid, id] = /^\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s+(\d+)\b/i.exec(line) ?? [];
    return uuid && id ? [{ uuid: uuid.toLowerCase(), id }] : [];
  });
};

/** The job first: of what was listed before, one that libvirt created has no job and is active, or was ended by libvirt itself. */
const isKnown = async ({ queries }: At, uuid: string): Promise<boolean> =>
  (await jobOf(queries.domains.handle(uuid))) !== undefined || isActive((await describe(queries, uuid)).state);

const end = async (at: At, { uuid, id }: Stray): Promise<void> => {
  try {
    await run([...at.profile.strays!.end, id], { timeoutMs: END_MS });
  } catch (error) {
    // It may have ended by itself meanwhile.
    if (!(error instanceof PeerError) || (await domainsOf(at)).some((other) => other.id === id && other.uuid === uuid))
      throw error;
  }
};
