import { Title } from '@patternfly/react-core';
import { LoginForm } from '../forms/login.tsx';
import { base } from '../location.ts';
import { texts } from '../texts.ts';

export const LoginPage = () => (
  <main className="vs-login">
    <div className="vs-card">
      <div className="vs-brand">
        <img src={`${base}/assets/icon.svg`} alt="" width="32" height="32" />
        {texts.product}
      </div>
      <Title headingLevel="h1" size="xl" className="vs-title">
        {texts.login.title}
      </Title>
      <LoginForm />
    </div>
  </main>
);
