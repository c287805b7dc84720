import { Alert, Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { type ReactNode, useId, useState } from 'react';
import { textOf } from '../api/error.ts';
import { texts } from '../texts.ts';

type Props = {
  readonly title: string;
  readonly body: string;
  readonly submit: string;
  readonly dangerous?: boolean;
  readonly children?: ReactNode;
  /** A refusal is shown in the dialog, which stays. */
  readonly act: () => Promise<unknown>;
  readonly close: () => void;
};

/** Asks before something is done. */
export const Confirm = ({ title, body, submit, dangerous = false, children, act, close }: Props) => {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const label = useId();
  const confirm = async (): Promise<void> => {
    setBusy(true);
    try {
      await act();
      close();
    } catch (refused) {
      setError(textOf(refused));
      setBusy(false);
    }
  };
  return (
    <Modal isOpen variant="small" onClose={close} aria-labelledby={label}>
      <ModalHeader title={title} labelId={label} {...(dangerous ? { titleIconVariant: 'warning' as const } : {})} />
      <ModalBody>
        {error && <Alert component="p" isInline isLiveRegion variant="danger" title={error} />}
        <p>{body}</p>
        {children}
      </ModalBody>
      <ModalFooter>
        <Button variant={dangerous ? 'danger' : 'primary'} isLoading={busy} isDisabled={busy} onClick={() => void confirm()}>
          {submit}
        </Button>
        <Button variant="link" onClick={close}>
          {texts.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  );
};
