import { Alert, Modal, ModalBody, ModalHeader } from '@patternfly/react-core';
import { useState } from 'react';
import { PasswordForm } from '../forms/password.tsx';
import { texts } from '../texts.ts';

/** Changes the user’s own password while he works. */
export const PasswordDialog = ({ close }: { close: () => void }) => {
  const [changed, setChanged] = useState(false);
  return (
    <Modal isOpen variant="small" onClose={close} aria-labelledby="change-password">
      <ModalHeader title={texts.password.title} labelId="change-password" />
      <ModalBody>
        {changed ? (
          <Alert component="p" isInline isLiveRegion variant="success" title={texts.password.changed}>
            {texts.password.ended}
          </Alert>
        ) : (
          <PasswordForm why={texts.password.others} done={() => setChanged(true)} cancel={close} />
        )}
      </ModalBody>
    </Modal>
  );
};
