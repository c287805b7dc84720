import { Button, ExpandableSection } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { logout } from '../api/login.ts';
import { type Need, session } from '../api/session.ts';
import { texts } from '../texts.ts';
import { useStore } from '../use-store.ts';
import { CodeForm } from './code.tsx';
import { LoginForm } from './login.tsx';
import { PasswordForm } from './password.tsx';
import { SecondFactorForm } from './second-factor.tsx';

type Step = { readonly title: string; readonly form: ReactNode };

const Lost = () => (
  <ExpandableSection toggleText={texts.secondFactor.lost}>
    <p>{texts.secondFactor.recover}</p>
    <p>{texts.secondFactor.recoverBuiltIn}</p>
  </ExpandableSection>
);

/** What is asked for, a step each. */
const steps: Readonly<Record<Need, () => Step>> = {
  login: () => ({
    title: texts.login.title,
    form: <LoginForm username={session.get()?.username} domain={session.get()?.domain} />,
  }),
  code: () => ({
    title: texts.secondFactor.title,
    form: (
      <>
        <CodeForm>
          <p>{texts.secondFactor.ask}</p>
        </CodeForm>
        <Lost />
      </>
    ),
  }),
  'second-factor': () => ({
    title: texts.secondFactor.setUpTitle,
    form: <SecondFactorForm why={texts.secondFactor.demanded} />,
  }),
  password: () => ({ title: texts.password.title, form: <PasswordForm why={texts.password.demanded} /> }),
};

/** What the session needs next; a log-in where there is no session. */
export const useEntrance = (): { readonly need: Need } & Step => {
  const need = useStore(session)?.needs[0] ?? 'login';
  return { need, ...steps[need]() };
};

/** Leaves, for somebody else to come. */
export const SomebodyElse = () => (
  <Button variant="link" isInline className="vs-other" onClick={() => void logout().catch(() => undefined)}>
    {texts.login.other}
  </Button>
);
