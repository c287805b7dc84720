import { Button, ClipboardCopy, Form } from '@patternfly/react-core';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { session } from '../api/session.ts';
import { qrCode } from '../qr/qr-code.ts';
import { texts } from '../texts.ts';
import { CodeForm } from './code.tsx';
import { keyAddress, spelled } from './key-address.ts';
import { Refusal } from './refusal.tsx';
import { useSubmit } from './use-submit.ts';

const t = texts.secondFactor;
/** What must stay empty around a QR code, modules. */
const quiet = 4;

/** Dark on white in every theme: cameras want it so. */
const Picture = ({ text }: { text: string }) => {
  const code = qrCode(text);
  if (!code) return null;
  const size = code.length + 2 * quiet;
  const dark = code.flatMap((row, y) => row.flatMap((is, x) => (is ? `M${x + quiet},${y + quiet}h1v1h-1z` : [])));
  return (
    <svg className="vs-qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t.picture} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={dark.join('')} fill="#000" />
    </svg>
  );
};

const Secret = ({ secret }: { secret: string }) => {
  const { issuer = '', username = '' } = session.get() ?? {};
  return (
    <>
      <p>{t.scan}</p>
      <Picture text={keyAddress(issuer, username, secret)} />
      <p>{t.type}</p>
      <ClipboardCopy
        isCode
        className="vs-secret"
        variant="inline-compact"
        hoverTip={texts.copy}
        clickTip={texts.copied}
        copyAriaLabel={texts.copy}
        onCopy={() => void navigator.clipboard.writeText(secret)}
      >
        {spelled(secret)}
      </ClipboardCopy>
    </>
  );
};

/** Sets a second factor up: a secret for the device, and the first code of it. Only then does it count. */
export const SecondFactorForm = ({ why, done }: { readonly why: string; readonly done?: () => void }) => {
  const [secret, setSecret] = useState('');
  const { busy, error, submit } = useSubmit(async () => {
    const { secretcode } = await call('setupUserTwoFactorAuthentication', {});
    setSecret(secretcode ?? '');
  });
  if (secret)
    return (
      <CodeForm {...(done ? { done } : {})}>
        <Secret secret={secret} />
      </CodeForm>
    );
  return (
    <Form onSubmit={submit}>
      {error !== undefined && <Refusal title={t.failed} error={error} />}
      <p>{why}</p>
      <p>{t.needed}</p>
      <Button type="submit" isBlock isLoading={busy} isDisabled={busy}>
        {t.setUp}
      </Button>
    </Form>
  );
};
