import { EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, PageSection } from '@patternfly/react-core';
import { Link } from '../link.tsx';
import { texts } from '../texts.ts';

export const NotFound = () => (
  <PageSection isFilled>
    <EmptyState titleText={texts.notFound.title} headingLevel="h1">
      <EmptyStateBody>{texts.notFound.body}</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          <Link to="/instances">{texts.notFound.back}</Link>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  </PageSection>
);
