import { ActionGroup, Button, Form } from '@patternfly/react-core';
import { useState } from 'react';
import { textOf } from '../api/error.ts';
import { changePassword } from '../api/login.ts';
import { session } from '../api/session.ts';
import { texts } from '../texts.ts';
import { PasswordField } from './field.tsx';
import { placeOf } from './password-refusal.ts';
import { Refusal } from './refusal.tsx';
import { useSubmit } from './use-submit.ts';

const t = texts.password;
const nothing = { current: '', password: '', again: '' };

/** Changes one’s own password. What the domain’s policy misses is said beside the new one. */
export const PasswordForm = ({
  why,
  done,
  cancel,
}: {
  readonly why?: string;
  readonly done?: () => void;
  readonly cancel?: () => void;
}) => {
  const [typed, setTyped] = useState(nothing);
  const { busy, error, submit } = useSubmit(async () => {
    await changePassword(typed.current, typed.password);
    done?.();
  });
  const place = error === undefined ? undefined : placeOf(error);
  const differs = typed.again !== '' && !typed.password.startsWith(typed.again);
  const errors = { again: differs ? t.differs : undefined, ...(place && { [place]: textOf(error) }) };
  const field = (name: keyof typeof nothing, autoComplete: string) => (
    <PasswordField
      id={`password-${name}`}
      label={t[name]}
      required
      autoComplete={autoComplete}
      value={typed[name]}
      change={(value) => setTyped({ ...typed, [name]: value })}
      error={(errors as Partial<Record<string, string>>)[name]}
    />
  );
  return (
    <Form onSubmit={submit}>
      {error !== undefined && !place && <Refusal title={t.failed} error={error} />}
      {why && <p>{why}</p>}
      {/* For password managers: whose it is. */}
      <input type="text" hidden readOnly autoComplete="username" value={session.get()?.username ?? ''} />
      {field('current', 'current-password')}
      {field('password', 'new-password')}
      {field('again', 'new-password')}
      <ActionGroup>
        <Button
          type="submit"
          isLoading={busy}
          isDisabled={busy || typed.current === '' || typed.password === '' || typed.password !== typed.again}
        >
          {t.submit}
        </Button>
        {cancel && (
          <Button variant="link" onClick={cancel}>
            {texts.cancel}
          </Button>
        )}
      </ActionGroup>
    </Form>
  );
};
