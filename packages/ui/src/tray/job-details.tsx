import { DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import { cmk } from '../forms/command-line.ts';
import { Link } from '../link.tsx';
import { texts } from '../texts.ts';
import type { TrayJob } from './merge.ts';

/** What a job's row opens to: the error in the server's words, the call, the instance. */
export const JobDetails = ({ job }: { job: TrayJob }) => (
  <DescriptionList isHorizontal isCompact horizontalTermWidthModifier={{ default: '12ch' }} className="vs-job">
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
      <DescriptionListDescription className="vs-mono">{job.id}</DescriptionListDescription>
    </DescriptionListGroup>
    {job.own?.instance && (
      <DescriptionListGroup>
        <DescriptionListTerm>{texts.tray.about}</DescriptionListTerm>
        <DescriptionListDescription>
          <Link to={`/instances/${job.own.instance}`}>{texts.tray.instance}</Link>
        </DescriptionListDescription>
      </DescriptionListGroup>
    )}
  </DescriptionList>
);
