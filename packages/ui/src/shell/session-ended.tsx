import { Button, Modal, ModalBody, ModalHeader } from '@patternfly/react-core';
import { session } from '../api/session.ts';
import { LoginForm } from '../forms/login.tsx';
import { texts } from '../texts.ts';

/** The server has forgotten the session: the page stays, half-filled forms and all, and the password is asked for again. */
export const SessionEnded = () => (
  <Modal isOpen variant="small" aria-labelledby="session-ended">
    <ModalHeader title={texts.login.expiredTitle} labelId="session-ended" description={texts.login.expired} />
    <ModalBody>
      <LoginForm username={session.get()?.username ?? ''} />
      <Button variant="link" isInline onClick={() => session.set(null)}>
        {texts.login.other}
      </Button>
    </ModalBody>
  </Modal>
);
