import { Button, Label, Spinner } from '@patternfly/react-core';
import { AngleDownIcon } from '@patternfly/react-icons/dist/esm/icons/angle-down-icon.js';
import { AngleUpIcon } from '@patternfly/react-icons/dist/esm/icons/angle-up-icon.js';
import { Fragment, useState } from 'react';
import { markOpened } from '../api/jobs.ts';
import { dateTime, duration } from '../format.ts';
import { persisted } from '../store.ts';
import { texts } from '../texts.ts';
import { useStore } from '../use-store.ts';
import { JobDetails } from './job-details.tsx';
import type { TrayJob } from './merge.ts';
import { useTray } from './use-tray.ts';

const expanded = persisted('virtstack.tray', false);
const looks = { running: 'blue', done: 'green', failed: 'red' } as const;

const Row = ({ job, open, toggle }: { job: TrayJob; open: boolean; toggle: () => void }) => (
  <tr className={job.unread ? 'vs-unread' : ''}>
    <td>
      <Label isCompact color={looks[job.state]} icon={job.state === 'running' ? <Spinner size="sm" aria-hidden /> : undefined}>
        {texts.tray.state[job.state]}
      </Label>
    </td>
    <td>
      <Button variant="link" isInline aria-expanded={open} aria-label={texts.tray.open(job.what)} onClick={toggle}>
        {job.what}
      </Button>
      {job.error && <span className="vs-tray-error">{job.unread ? '' : job.error}</span>}
    </td>
    <td>{job.owner}</td>
    <td>{dateTime(new Date(job.started).toISOString())}</td>
    <td>
      {job.ended ? duration(job.ended - job.started) : job.state === 'running' ? duration(Date.now() - job.started) : texts.none}
    </td>
  </tr>
);

const Jobs = ({ jobs }: { jobs: readonly TrayJob[] }) => {
  const [open, setOpen] = useState('');
  const toggle = (job: TrayJob): void => {
    setOpen(open === job.id ? '' : job.id);
    if (job.unread) markOpened([job.id]);
  };
  const { columns } = texts.tray;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="vs-tray-list" tabIndex={0} aria-label={texts.tray.title}>
      <table>
        <thead>
          <tr>
            {Object.values(columns).map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <Fragment key={job.id}>
              <Row job={job} open={open === job.id} toggle={() => toggle(job)} />
              {open === job.id && (
                <tr>
                  <td colSpan={5}>
                    <JobDetails job={job} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  );
};

/** The bar at the foot of every page: what was asked for, how it goes, what went wrong. A failure stays unread until it is opened. */
export const Tray = () => {
  const isOpen = useStore(expanded);
  const jobs = useTray();
  const running = jobs.filter((job) => job.state === 'running').length;
  const unread = jobs.filter((job) => job.unread);
  return (
    <aside className="vs-tray" aria-label={texts.tray.title}>
      <div className="vs-tray-bar">
        <Button
          variant="plain"
          size="sm"
          icon={isOpen ? <AngleDownIcon /> : <AngleUpIcon />}
          aria-expanded={isOpen}
          onClick={() => expanded.set(!isOpen)}
        >
          {texts.tray.title}
        </Button>
        <span role="status">
          {running > 0 && (
            <Label isCompact color="blue">
              {texts.tray.running(running)}
            </Label>
          )}
          {unread.length > 0 && (
            <Label isCompact color="red">
              {texts.tray.unread(unread.length)}
            </Label>
          )}
        </span>
        {isOpen && unread.length > 0 && (
          <Button variant="link" size="sm" onClick={() => markOpened(unread.map((job) => job.id))}>
            {texts.tray.readAll}
          </Button>
        )}
      </div>
      {isOpen && (jobs.length > 0 ? <Jobs jobs={jobs} /> : <p className="vs-tray-none">{texts.tray.none}</p>)}
    </aside>
  );
};
