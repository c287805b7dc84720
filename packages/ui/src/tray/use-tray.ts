import { useQueries } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { call } from '../api/client.ts';
import { ApiError } from '../api/error.ts';
import { queries, useList } from '../api/hooks.ts';
import { forgetJob, openedJobs, ownJobs } from '../api/jobs.ts';
import { isOpen, session } from '../api/session.ts';
import type { Item } from '../api/types.ts';
import { useStore } from '../use-store.ts';
import { merge, type TrayJob } from './merge.ts';

const askMs = 1000;
/** The tray looks back 30 days, as of when the page was opened. */
const since = new Date(Date.now() - 30 * 24 * 3_600_000);

/** When a job ends, what it changed is asked for at once. */
const useRefreshAtEnd = (jobs: readonly TrayJob[]): void => {
  const before = useRef<readonly string[]>([]);
  const running = jobs.filter((job) => job.state === 'running').map((job) => job.id);
  const key = running.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: key says what running holds
  useEffect(() => {
    const ended = before.current.some((id) => !running.includes(id));
    before.current = running;
    if (ended) void queries.invalidateQueries();
  }, [key]);
};

type Asked = Item<'queryAsyncJobResult'>;
const ask = async (jobid: string): Promise<Asked> => {
  try {
    return await call('queryAsyncJobResult', { jobid });
  } catch (error) {
    if (error instanceof ApiError && error.status === 431) forgetJob(jobid);
    throw error;
  }
};

/** The jobs of this user, from this browser and from the server. */
export const useTray = (): readonly TrayJob[] => {
  const user = useStore(session);
  const all = useStore(ownJobs);
  const opened = useStore(openedJobs);
  const own = useMemo(() => all.filter((job) => job.user === user?.username), [all, user?.username]);
  const listed = useList('listAsyncJobs', { listall: true, startdate: since, page: 1, pagesize: 50 }).data?.items ?? [];
  // Those that the list does not show to have ended are asked for one by one: more often, and also where the list is cut.
  const open = own.filter((job) => !listed.some(({ jobid, jobstatus }) => jobid === job.id && jobstatus));
  const asked = useQueries({
    queries: open.map((job) => ({
      queryKey: ['job', job.id],
      queryFn: () => ask(job.id),
      enabled: isOpen(user),
      refetchInterval: ({ state }: { state: { data?: Asked | undefined } }) => (state.data?.jobstatus ? false : askMs),
    })),
  });
  const answered = asked.flatMap((query, i) => (query.data ? [{ ...query.data, jobid: open[i]?.id }] : []));
  const jobs = merge(own, [...listed, ...answered], opened);
  useRefreshAtEnd(jobs);
  return jobs;
};
