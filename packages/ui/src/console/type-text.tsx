import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useState } from 'react';
import { LongTextField } from '../forms/field.tsx';
import { texts } from '../texts.ts';

/** A box whose text is typed into the console: pasting without the browser's leave. */
export const TypeText = ({ send, close }: { send: (text: string) => void; close: () => void }) => {
  const [text, setText] = useState('');
  return (
    <Modal isOpen variant="small" onClose={close} aria-labelledby="type-text">
      <ModalHeader title={texts.console.paste} labelId="type-text" />
      <ModalBody>
        <LongTextField id="typed" label={texts.console.pasteLabel} hint={texts.console.pasteHint} value={text} change={setText} />
      </ModalBody>
      <ModalFooter>
        <Button
          isDisabled={text === ''}
          onClick={() => {
            send(text);
            close();
          }}
        >
          {texts.console.send}
        </Button>
        <Button variant="link" onClick={close}>
          {texts.cancel}
        </Button>
      </ModalFooter>
    </Modal>
  );
};
