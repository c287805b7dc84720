import { Checkbox } from '@patternfly/react-core';
import { useState } from 'react';
import { runJob } from '../api/jobs.ts';
import { nameOf } from '../instances/instance.ts';
import { texts } from '../texts.ts';
import { Confirm } from './confirm.tsx';
import type { InstanceForm } from './instance-form.ts';

export const StopForm = ({ vm, close }: InstanceForm) => {
  const [forced, setForced] = useState(false);
  const { title, body } = texts.confirm.stop;
  return (
    <Confirm
      title={title(nameOf(vm))}
      body={body}
      submit={texts.actions.stop}
      close={close}
      act={() =>
        runJob(
          'stopVirtualMachine',
          { id: vm.id ?? '', forced },
          { what: `${texts.actions.stop} ${nameOf(vm)}`, instance: vm.id ?? '' },
        )
      }
    >
      <Checkbox
        id="stop-forced"
        className="vs-choice"
        label={texts.confirm.force}
        description={texts.confirm.forceHint}
        isChecked={forced}
        onChange={(_event, checked) => setForced(checked)}
      />
    </Confirm>
  );
};
