import { setTimeout as sleep } from 'node:timers/promises';
import { type Domain, isInvalidState, isNotFound, VIR_DOMAIN_JOB_NONE } from '@virtstack/libvirt';
import type { Progress } from '@virtstack/protocol';

const ASK_MS = 10_000;
const LOOK_MS = 1_000;

/** What libvirt does with a guest now; sizes in bytes, 0 where its driver tells none. */
export type Job = { readonly total: number; readonly remaining: number; readonly sent: number };

/** Undefined: nothing that takes long. @throws {LibvirtError} */
export const jobOf = async (domain: Domain): Promise<Job | undefined> => {
  try {
    const { type, dataTotal, dataRemaining, dataProcessed } = await domain.jobInfo({ timeoutMs: ASK_MS });
    if (type === VIR_DOMAIN_JOB_NONE) return undefined;
    return { total: Number(dataTotal), remaining: Number(dataRemaining), sent: Number(dataProcessed) };
  } catch (error) {
    // One that is down does nothing.
    if (isNotFound(error) || isInvalidState(error)) return undefined;
    throw error;
  }
};

export const progressOf = ({ total, remaining }: Job): Progress | undefined =>
  total > 0 ? { done: total - remaining, total } : undefined;

/** Waits until libvirt does nothing with the guest: an agent before this one may have begun to move it. Answers whether there was something. */
export const endOfJob = async (domain: Domain, signal: AbortSignal, progress: (p: Progress) => void): Promise<boolean> => {
  for (let waited = false; ; waited = true) {
    const job = await jobOf(domain);
    if (!job) return waited;
    const told = progressOf(job);
    if (told) progress(told);
    await sleep(LOOK_MS, undefined, { signal });
  }
};
