import { Alert, AlertActionLink } from '@patternfly/react-core';
import { navigate } from '../location.ts';
import { texts } from '../texts.ts';
import { useChosenProject } from '../use-chosen-project.ts';

const t = texts.project;

/** Says where the project that the user is in is none that he may see, or cannot be used at present. */
export const ProjectNotice = () => {
  const { name, state, gone } = useChosenProject();
  if (gone)
    return (
      <Alert
        component="p"
        isInline
        variant="warning"
        title={t.gone}
        actionLinks={<AlertActionLink onClick={() => navigate('/instances?project=')}>{t.leave}</AlertActionLink>}
      >
        {t.goneHint}
      </Alert>
    );
  if (!state || state === 'Active') return null;
  return <Alert component="p" isInline variant="info" title={t.inactive(name ?? '', state)} />;
};
