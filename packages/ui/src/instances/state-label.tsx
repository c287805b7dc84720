import { Label, Spinner } from '@patternfly/react-core';
import { BanIcon } from '@patternfly/react-icons/dist/esm/icons/ban-icon.js';
import { ExclamationCircleIcon } from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon.js';
import { PlayIcon } from '@patternfly/react-icons/dist/esm/icons/play-icon.js';
import { PowerOffIcon } from '@patternfly/react-icons/dist/esm/icons/power-off-icon.js';
import { QuestionCircleIcon } from '@patternfly/react-icons/dist/esm/icons/question-circle-icon.js';
import { lookOf } from './states.ts';

const looks = {
  success: { color: 'green', icon: <PlayIcon /> },
  progress: { color: 'blue', icon: <Spinner size="sm" aria-hidden /> },
  stopped: { color: 'grey', icon: <PowerOffIcon /> },
  gone: { color: 'orange', icon: <BanIcon /> },
  danger: { color: 'red', icon: <ExclamationCircleIcon /> },
  unknown: { color: 'grey', icon: <QuestionCircleIcon /> },
} as const;

export const StateLabel = ({ state }: { state: string }) => {
  const { color, icon } = looks[lookOf(state)];
  return (
    <Label isCompact variant="outline" color={color} icon={icon}>
      {state}
    </Label>
  );
};
