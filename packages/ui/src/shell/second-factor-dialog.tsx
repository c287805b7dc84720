import { Alert, Button, Form, Modal, ModalBody, ModalHeader, Spinner } from '@patternfly/react-core';
import { call } from '../api/client.ts';
import { textOf } from '../api/error.ts';
import { queries, useList } from '../api/hooks.ts';
import { session } from '../api/session.ts';
import { Refusal } from '../forms/refusal.tsx';
import { SecondFactorForm } from '../forms/second-factor.tsx';
import { useSubmit } from '../forms/use-submit.ts';
import { texts } from '../texts.ts';

const t = texts.secondFactor;

const TakeOff = ({ mandated, done }: { mandated: boolean; done: () => void }) => {
  const { busy, error, submit } = useSubmit(async () => {
    await call('setupUserTwoFactorAuthentication', { enable: false });
    done();
  });
  return (
    <Form onSubmit={submit}>
      {error !== undefined && <Refusal title={t.failed} error={error} />}
      <p>{mandated ? t.onForGood : t.on}</p>
      {!mandated && (
        <Button type="submit" variant="danger" isLoading={busy} isDisabled={busy}>
          {t.takeOff}
        </Button>
      )}
    </Form>
  );
};

/** Sets the user’s own second factor up, or takes it off. */
export const SecondFactorDialog = ({ close }: { close: () => void }) => {
  const { data, error } = useList('listUsers', { id: session.get()?.userid }, { follow: false });
  const user = data?.items[0];
  const done = (): void => {
    void queries.invalidateQueries({ queryKey: ['listUsers'] });
    close();
  };
  return (
    <Modal isOpen variant="small" onClose={close} aria-labelledby="own-second-factor">
      <ModalHeader title={t.title} labelId="own-second-factor" />
      <ModalBody>
        {error !== null && <Alert component="p" isInline variant="danger" title={textOf(error)} />}
        {!user && error === null && <Spinner aria-label={texts.loading} />}
        {user?.is2faenabled && <TakeOff mandated={user.is2famandated === true} done={done} />}
        {user && !user.is2faenabled && <SecondFactorForm why={t.why} done={done} />}
      </ModalBody>
    </Modal>
  );
};
