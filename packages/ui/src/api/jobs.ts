import type { AnyCommand } from '@virtstack/contract';
import { commands } from '@virtstack/contract/commands.ts';
import { persisted } from '../store.ts';
import { call } from './client.ts';
import { queries } from './hooks.ts';
import { session } from './session.ts';
import type { CallParams, JobName, Reply } from './types.ts';

/** A job that was started from this browser: the server remembers it too, but not in the user's words. */
export type OwnJob = {
  readonly id: string;
  readonly user: string;
  readonly command: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** `Start web-1` */
  readonly what: string;
  /** The instance that it is about. */
  readonly instance?: string | undefined;
  /** Milliseconds since 1970. */
  readonly started: number;
};

export const ownJobs = persisted<readonly OwnJob[]>('virtstack.jobs', []);
/** Failed jobs whose error was read. */
export const openedJobs = persisted<readonly string[]>('virtstack.jobs.opened', []);
const kept = 50;

export const markOpened = (ids: readonly string[]): void => {
  const fresh = ids.filter((id) => !openedJobs.get().includes(id));
  if (fresh.length > 0) openedJobs.set([...fresh, ...openedJobs.get()].slice(0, 1000));
};

/** Forgets a job that the server no longer knows. */
export const forgetJob = (id: string): void => ownJobs.set(ownJobs.get().filter((job) => job.id !== id));

/** The parameters as they may be kept and shown: no secrets, nothing long. */
const presentable = (command: AnyCommand, params: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(params)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, command.params[name]?.spec.secret || String(value).length > 500 ? '…' : value]),
  );

/** Starts a job and puts it into the tray. Throws ApiError when the server refuses at once. */
export const runJob = async <N extends JobName>(
  name: N,
  params: CallParams<N>,
  about: { readonly what: string; readonly instance?: string | undefined },
): Promise<Reply<N>> => {
  const reply = await call(name, params);
  const job: OwnJob = {
    id: reply.jobid,
    user: session.get()?.username ?? '',
    command: name,
    params: presentable(commands[name], params),
    what: about.what,
    instance: about.instance ?? reply.id,
    started: Date.now(),
  };
  ownJobs.set([job, ...ownJobs.get()].slice(0, kept));
  void queries.invalidateQueries();
  return reply;
};
