import { runJob } from '../api/jobs.ts';
import { nameOf } from '../instances/instance.ts';
import { texts } from '../texts.ts';
import { Confirm } from './confirm.tsx';
import type { InstanceForm } from './instance-form.ts';

export const ExpungeForm = ({ vm, close }: InstanceForm) => {
  const { title, body } = texts.confirm.expunge;
  return (
    <Confirm
      title={title(nameOf(vm))}
      body={body}
      submit={texts.actions.expunge}
      dangerous
      close={close}
      act={() =>
        runJob(
          'expungeVirtualMachine',
          { id: vm.id ?? '' },
          { what: `${texts.actions.expunge} ${nameOf(vm)}`, instance: vm.id ?? '' },
        )
      }
    />
  );
};
