import { Checkbox } from '@patternfly/react-core';
import { useState } from 'react';
import { runJob } from '../api/jobs.ts';
import { nameOf } from '../instances/instance.ts';
import { texts } from '../texts.ts';
import { Confirm } from './confirm.tsx';
import type { InstanceForm } from './instance-form.ts';

export const DestroyForm = ({ vm, close }: InstanceForm) => {
  const [expunge, setExpunge] = useState(false);
  const { title, body } = texts.confirm.destroy;
  return (
    <Confirm
      title={title(nameOf(vm))}
      body={body}
      submit={texts.actions.destroy}
      dangerous
      close={close}
      act={() =>
        runJob(
          'destroyVirtualMachine',
          { id: vm.id ?? '', expunge },
          { what: `${texts.actions.destroy} ${nameOf(vm)}`, instance: vm.id ?? '' },
        )
      }
    >
      <Checkbox
        id="destroy-expunge"
        className="vs-choice"
        label={texts.confirm.expungeToo}
        description={texts.confirm.expungeHint}
        isChecked={expunge}
        onChange={(_event, checked) => setExpunge(checked)}
      />
    </Confirm>
  );
};
