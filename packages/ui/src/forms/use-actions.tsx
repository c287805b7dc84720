import { Alert, AlertActionCloseButton } from '@patternfly/react-core';
import { type ReactNode, useState } from 'react';
import { useAllowed } from '../api/allowed.ts';
import { call } from '../api/client.ts';
import { textOf } from '../api/error.ts';
import { queries } from '../api/hooks.ts';
import { runJob } from '../api/jobs.ts';
import { type ActionName, actionNames, actions, refusal } from '../instances/actions.ts';
import { type Instance, nameOf, stateOf } from '../instances/instance.ts';
import { navigate } from '../location.ts';
import { texts } from '../texts.ts';
import { DestroyForm } from './destroy.tsx';
import { ExpungeForm } from './expunge.tsx';
import type { InstanceForm } from './instance-form.ts';
import { RebootForm } from './reboot.tsx';
import { StopForm } from './stop.tsx';

type Asking = keyof { [A in ActionName as (typeof actions)[A] extends { asks: true } ? A : never]: A };
const forms: Readonly<Record<Asking, (props: InstanceForm) => ReactNode>> = {
  stop: StopForm,
  reboot: RebootForm,
  destroy: DestroyForm,
  expunge: ExpungeForm,
};

const direct: Readonly<Record<Exclude<ActionName, Asking>, (vm: Instance & { id: string }) => unknown>> = {
  console: ({ id }) => navigate(`/instances/${id}/console`),
  start: (vm) => runJob('startVirtualMachine', { id: vm.id }, { what: `${texts.actions.start} ${nameOf(vm)}`, instance: vm.id }),
  recover: async ({ id }) => {
    await call('recoverVirtualMachine', { id });
    await queries.invalidateQueries();
  },
};

export type Offer = { readonly action: ActionName; readonly reason: string | undefined; readonly act: () => void };

const isAsking = (action: ActionName): action is Asking => Object.hasOwn(forms, action);

/** What a user may do with an instance; `aside` shows the dialog that is open, and a refusal until it is closed. */
export const useActions = (): { offers: (vm: Instance) => readonly Offer[]; aside: ReactNode } => {
  const allowed = useAllowed();
  const [asked, setAsked] = useState<{ action: Asking; vm: Instance }>();
  const [error, setError] = useState<{ title: string; text: string }>();
  const act = async (action: ActionName, vm: Instance): Promise<void> => {
    setError(undefined);
    if (isAsking(action)) return setAsked({ action, vm });
    try {
      await direct[action]({ ...vm, id: vm.id ?? '' });
    } catch (refused) {
      setError({ title: `${texts.actions[action]} ${nameOf(vm)}`, text: textOf(refused) });
    }
  };
  const Form = asked && forms[asked.action];
  const aside = (
    <>
      {error && (
        <Alert
          component="p"
          isInline
          isLiveRegion
          variant="danger"
          title={error.title}
          actionClose={<AlertActionCloseButton onClose={() => setError(undefined)} />}
        >
          {error.text}
        </Alert>
      )}
      {Form && <Form vm={asked.vm} close={() => setAsked(undefined)} />}
    </>
  );
  const offers = (vm: Instance): readonly Offer[] =>
    actionNames
      .filter((action) => allowed(actions[action].command))
      .map((action) => ({ action, reason: refusal(action, stateOf(vm)), act: () => void act(action, vm) }));
  return { offers, aside };
};
