import { readFile } from 'node:fs/promises';
import { VIR_CONNECT_LIST_DOMAINS_ACTIVE } from '@virtstack/libvirt';
import type { Attachment } from '../attach.ts';

/** Processor time since the machine started: what was used, and what there was, in the same unit. */
type Sample = { readonly used: number; readonly all: number };

const SHORTEST_MS = 5_000;

/** Measures how busy the host was since it was last asked, 0 to 1; undefined the first time. Asked too soon, it repeats itself. */
export const cpuMeter = (): ((attachment: Attachment) => Promise<number | undefined>) => {
  let before: Sample | undefined;
  let at = 0;
  let answer: number | undefined;
  return async (attachment) => {
    if (before && performance.now() - at < SHORTEST_MS) return answer;
    const now = attachment.profile.controlDomain ? await ofDomains(attachment) : await ofKernel();
    if (before && now.all > before.all) answer = Math.min(1, Math.max(0, (now.used - before.used) / (now.all - before.all)));
    before = now;
    at = performance.now();
    return answer;
  };
};

const ofKernel = async (): Promise<Sample> => {
  const [user, nice, system, idle, wait, irq, softirq, steal] = (await readFile('/proc/stat', 'utf8'))
    .split('\n', 1)[0]!
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number) as [number, number, number, number, number, number, number, number];
  const used = user + nice + system + irq + softirq + steal;
  return { used, all: used + idle + wait };
};

/** Under a control domain the kernel sees only its own share; all domains together are the machine. */
const ofDomains = async ({ queries }: Attachment): Promise<Sample> => {
  const domains = await queries.domains.list(VIR_CONNECT_LIST_DOMAINS_ACTIVE);
  const times = await Promise.all(domains.map(async (domain) => Number((await domain.info()).cpuTime)));
  const { cpus } = await queries.node.info();
  return { used: times.reduce((sum, each) => sum + each, 0), all: Number(process.hrtime.bigint()) * cpus };
};
