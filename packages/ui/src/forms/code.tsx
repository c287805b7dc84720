import { Alert, Button, Form, FormGroup, TextInput } from '@patternfly/react-core';
import { type ReactNode, useRef, useState } from 'react';
import { ApiError, textOf } from '../api/error.ts';
import { showCode } from '../api/login.ts';
import { inLocalTime } from '../format.ts';
import { texts } from '../texts.ts';
import { useSubmit } from './use-submit.ts';

const t = texts.secondFactor;
const digits = 6;

/** Wrong codes are counted, and after some of them none is looked at for a while: the server says until when. */
const titleOf = (error: unknown): string => {
  const status = error instanceof ApiError ? error.status : 0;
  return status === 511 ? t.wrong : status === 429 ? t.tooMany : t.failed;
};

/** Asks for the six digits that the device shows. */
export const CodeForm = ({ children, done }: { readonly children?: ReactNode; readonly done?: () => void }) => {
  const [code, setCode] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const { busy, error, submit } = useSubmit(async () => {
    await showCode(code).finally(() => {
      setCode('');
      field.current?.focus();
    });
    done?.();
  });
  return (
    <Form onSubmit={submit}>
      {error !== undefined && (
        <Alert component="p" isInline isLiveRegion variant="danger" title={titleOf(error)}>
          {inLocalTime(textOf(error))}
        </Alert>
      )}
      {children}
      <FormGroup label={t.code} fieldId="second-factor-code" isRequired>
        <TextInput
          ref={field}
          id="second-factor-code"
          className="vs-code"
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          isRequired
          value={code}
          onChange={(_event, typed) => setCode(typed.replace(/\D/g, '').slice(0, digits))}
        />
      </FormGroup>
      <Button type="submit" isBlock isLoading={busy} isDisabled={busy || code.length < digits}>
        {t.submit}
      </Button>
    </Form>
  );
};
