import { useQueries } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { call } from '../api/client.ts';
import { queries, useList } from '../api/hooks.ts';
import { openedJobs, ownJobs } from '../api/jobs.ts';
import { session } from '../api/session.ts';
import { useStore } from '../use-store.ts';
import { merge, type TrayJob } from './merge.ts';

const askMs = 1500;
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

/** The jobs of this user, from this browser and from the server. */
export const useTray = (): readonly TrayJob[] => {
  const user = useStore(session);
  const all = useStore(ownJobs);
  const opened = useStore(openedJobs);
  const own = useMemo(() => all.filter((job) => job.user === user?.username), [all, user?.username]);
  const listed = useList('listAsyncJobs', { listall: true, startdate: since, page: 1, pagesize: 50 }).data?.items ?? [];
  const missing = own.filter((job) => !listed.some(({ jobid }) => jobid === job.id));
  const asked = useQueries({
    queries: missing.map((job) => ({
      queryKey: ['job', job.id],
      queryFn: () => call('queryAsyncJobResult', { jobid: job.id }),
      enabled: user !== null && !user.expired,
      refetchInterval: ({ state }: { state: { data?: { jobstatus?: number | null | undefined } | undefined } }) =>
        state.data?.jobstatus ? false : askMs,
    })),
  });
  const answered = asked.flatMap((query, i) => (query.data ? [{ ...query.data, jobid: missing[i]?.id }] : []));
  const jobs = merge(own, [...listed, ...answered], opened);
  useRefreshAtEnd(jobs);
  return jobs;
};
