import { DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import { cmk } from '../forms/command-line.ts';
import { Link } from '../link.tsx';
import { texts } from '../texts.ts';
import type { TrayJob } from './merge.ts';

/** What a job's row opens to: the error in the server's words, the call, the instance. */
export const JobDetails = ({ job }: { job: TrayJob }) => (
  <DescriptionList isHorizontal isCompact className="vs-job">
    {job.error && (
      <DescriptionListGroup>
        <DescriptionListTerm>{texts.tray.error}</DescriptionListTerm>
        <DescriptionListDescription>{job.error}</DescriptionListDescription>
      </DescriptionListGroup>
    )}
    {job.own && (
      <DescriptionListGroup>
        <DescriptionListTerm>{texts.tray.call}</DescriptionListTerm>
        <DescriptionListDescription className="vs-mono">{cmk(job.own.command, job.own.params)}</DescriptionListDescription>
      </DescriptionListGroup>
    )}
    <DescriptionListGroup>
      <DescriptionListTerm>{texts.tray.id}</DescriptionListTerm>
      <DescriptionListDescription className="vs-mono">
        {job.id} {job.own?.instance && <Link to={`/instances/${job.own.instance}`}>{job.own.what}</Link>}
      </DescriptionListDescription>
    </DescriptionListGroup>
  </DescriptionList>
);
