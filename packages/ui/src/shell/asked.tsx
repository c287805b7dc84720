import { Modal, ModalBody, ModalHeader } from '@patternfly/react-core';
import { SomebodyElse, useEntrance } from '../forms/entrance.tsx';
import { texts } from '../texts.ts';

/** The server asks for something in the midst of work, for a forgotten session’s password mostly: the page stays, half-filled forms and all. */
export const Asked = () => {
  const { need, title, form } = useEntrance();
  const words = need === 'login' ? { title: texts.login.expiredTitle, description: texts.login.expired } : { title };
  return (
    <Modal isOpen variant="small" aria-labelledby="asked">
      <ModalHeader labelId="asked" {...words} />
      <ModalBody>
        {form}
        <SomebodyElse />
      </ModalBody>
    </Modal>
  );
};
