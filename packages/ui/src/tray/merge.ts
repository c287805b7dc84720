import type { OwnJob } from '../api/jobs.ts';
import type { Item } from '../api/types.ts';
import { parseDate } from '../format.ts';

type ServerJob = Item<'listAsyncJobs'>;

export type TrayJob = {
  readonly id: string;
  readonly what: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly owner?: string | undefined;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly ended?: number | undefined;
  readonly error?: string | undefined;
  /** It failed and nobody has opened it. */
  readonly unread: boolean;
  readonly own?: OwnJob | undefined;
};

const stateOf = (status: number | null | undefined): TrayJob['state'] =>
  status === 1 ? 'done' : status === 2 ? 'failed' : 'running';
const time = (text: string | null | undefined): number | undefined => (text ? parseDate(text).getTime() : undefined);

/** `org.example.StartVMCmd` and `startVirtualMachine` alike become words. */
const wordsOf = (cmd: string): string => {
  const words = (cmd.split('.').at(-1) ?? cmd).replace(/Cmd$/, '').replace(/([a-z])([A-Z])/g, '$1 $2');
  return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
};

const errorOf = (job: ServerJob): string | undefined => {
  const result: unknown = job.jobresult;
  return typeof result === 'object' && result !== null && 'errortext' in result ? String(result.errortext) : undefined;
};

const joined = (id: string, own: OwnJob | undefined, job: ServerJob | undefined, opened: ReadonlySet<string>): TrayJob => {
  const state = stateOf(job?.jobstatus);
  return {
    id,
    what: own?.what ?? wordsOf(job?.cmd ?? id),
    state,
    owner: own?.user ?? job?.account ?? undefined,
    started: time(job?.created) ?? own?.started ?? 0,
    ended: time(job?.completed),
    error: job && errorOf(job),
    unread: state === 'failed' && !opened.has(id),
    own,
  };
};

/** What the tray shows: the jobs of this browser and those that the server lists, each once; running first, then the newest. */
export const merge = (own: readonly OwnJob[], listed: readonly ServerJob[], opened: readonly string[]): readonly TrayJob[] => {
  const mine = new Map(own.map((job) => [job.id, job]));
  const theirs = new Map(listed.map((job) => [job.jobid ?? '', job]));
  const seen = new Set(opened);
  return [...new Set([...mine.keys(), ...theirs.keys()])]
    .map((id) => joined(id, mine.get(id), theirs.get(id), seen))
    .sort((a, b) => Number(b.state === 'running') - Number(a.state === 'running') || b.started - a.started);
};
