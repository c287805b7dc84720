import { Alert, Button, Form, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';
import { useState } from 'react';
import { textOf } from '../api/error.ts';
import { login } from '../api/login.ts';
import { texts } from '../texts.ts';
import { useSubmit } from './use-submit.ts';

type Known = { readonly username?: string | undefined; readonly domain?: string | undefined };

export const LoginForm = ({ username = '', domain = '' }: Known) => {
  const [fields, setFields] = useState({ username, password: '', domain });
  const { busy, error, submit } = useSubmit(() => login(fields.username, fields.password, fields.domain));
  const field = (name: 'username' | 'password' | 'domain', more: Partial<React.ComponentProps<typeof TextInput>> = {}) => (
    <TextInput
      id={`login-${name}`}
      value={fields[name]}
      onChange={(_event, value) => setFields({ ...fields, [name]: value })}
      {...(more as object)}
    />
  );
  return (
    <Form onSubmit={submit}>
      {error !== undefined && <Alert component="p" isInline isLiveRegion variant="danger" title={textOf(error)} />}
      <FormGroup label={texts.login.username} fieldId="login-username" isRequired>
        {field('username', { autoComplete: 'username', isRequired: true, autoFocus: !username })}
      </FormGroup>
      <FormGroup label={texts.login.password} fieldId="login-password" isRequired>
        {field('password', { type: 'password', autoComplete: 'current-password', isRequired: true, autoFocus: username !== '' })}
      </FormGroup>
      <FormGroup label={texts.login.domain} fieldId="login-domain">
        {field('domain', { autoComplete: 'organization', 'aria-describedby': 'login-domain-hint' })}
        <FormHelperText>
          <HelperText id="login-domain-hint">
            <HelperTextItem>{texts.login.domainHint}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      </FormGroup>
      <Button type="submit" isBlock isLoading={busy} isDisabled={busy || !fields.username || !fields.password}>
        {texts.login.submit}
      </Button>
    </Form>
  );
};
