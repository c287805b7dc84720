import { PageSection, Title } from '@patternfly/react-core';
import { EventTable } from '../table/event-table.tsx';
import { texts } from '../texts.ts';

export const EventsPage = () => (
  <PageSection isFilled aria-labelledby="title">
    <Title headingLevel="h1" id="title" className="vs-title">
      {texts.events.title}
    </Title>
    <EventTable />
  </PageSection>
);
