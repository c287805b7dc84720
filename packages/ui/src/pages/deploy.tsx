import { PageSection, Title } from '@patternfly/react-core';
import { DeployForm } from '../forms/deploy.tsx';
import { all, useProject } from '../project.ts';
import { texts } from '../texts.ts';
import { useChosenProject } from '../use-chosen-project.ts';

/** Whose the instance will be, where there is a choice. */
const Whose = () => {
  const project = useProject();
  const { name } = useChosenProject();
  if (project === all) return <p className="vs-lead">{texts.deploy.ownAccount}</p>;
  return name ? <p className="vs-lead">{texts.deploy.inProject(name)}</p> : null;
};

export const DeployPage = () => (
  <PageSection isFilled aria-labelledby="title">
    <Title headingLevel="h1" id="title" className="vs-title">
      {texts.deploy.title}
    </Title>
    <Whose />
    <DeployForm />
  </PageSection>
);
