import { Checkbox } from '@patternfly/react-core';
import { useState } from 'react';
import { runJob } from '../api/jobs.ts';
import { nameOf } from '../instances/instance.ts';
import { texts } from '../texts.ts';
import { Confirm } from './confirm.tsx';
import type { InstanceForm } from './instance-form.ts';

export const RebootForm = ({ vm, close }: InstanceForm) => {
  const [forced, setForced] = useState(false);
  const { title, body } = texts.confirm.reboot;
  return (
    <Confirm
      title={title(nameOf(vm))}
      body={body}
      submit={texts.actions.reboot}
      close={close}
      act={() =>
        runJob(
          'rebootVirtualMachine',
          { id: vm.id ?? '', forced },
          { what: `${texts.actions.reboot} ${nameOf(vm)}`, instance: vm.id ?? '' },
        )
      }
    >
      <Checkbox
        id="reboot-forced"
        className="vs-choice"
        label={texts.confirm.forceReboot}
        description={texts.confirm.forceHint}
        isChecked={forced}
        onChange={(_event, checked) => setForced(checked)}
      />
    </Confirm>
  );
};
