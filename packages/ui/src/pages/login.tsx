import { LoginPage as Frame } from '@patternfly/react-core';
import { LoginForm } from '../forms/login.tsx';
import { texts } from '../texts.ts';

export const LoginPage = () => (
  <Frame loginTitle={`${texts.login.title} · ${texts.product}`} loginSubtitle={texts.login.subtitle}>
    <LoginForm />
  </Frame>
);
