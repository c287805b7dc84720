import { PageSection, Title } from '@patternfly/react-core';
import { DeployForm } from '../forms/deploy.tsx';
import { texts } from '../texts.ts';

export const DeployPage = () => (
  <PageSection isFilled aria-labelledby="title">
    <Title headingLevel="h1" id="title" className="vs-title">
      {texts.deploy.title}
    </Title>
    <DeployForm />
  </PageSection>
);
