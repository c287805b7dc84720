import type { CommandName } from '@virtstack/contract';
import type { ApiError } from './error.ts';
import type { Need } from './session.ts';
import type { Item } from './types.ts';

type Reply = Pick<Item<'login'>, 'is2faenabled' | 'is2faverified' | 'providerfor2fa' | 'passwordchangerequired'>;

/** What is asked for after the password. The second factor is the first: the server takes no new password without it. */
export const needsOf = ({ is2faenabled, is2faverified, providerfor2fa, passwordchangerequired }: Reply): readonly Need[] => {
  const factor = is2faenabled === 'true' && is2faverified !== 'true';
  return [
    ...(factor ? [providerfor2fa ? ('code' as const) : ('second-factor' as const)] : []),
    ...(String(passwordchangerequired) === 'true' ? ['password' as const] : []),
  ];
};

const noSession = 401;
const secondFactor = 511;
const account = 531;
/** No code tells it from other refusals. */
const passwordFirst = /you must change your password/i;

/** What a refusal asks of the session; nothing where it is about the call alone. */
export const demandOf = (command: CommandName, { status, message }: ApiError): Need | undefined => {
  if (status === noSession) return 'login';
  if (status === account && passwordFirst.test(message)) return 'password';
  if (status !== secondFactor || command === 'validateUserTwoFactorAuthenticationCode') return undefined; // a wrong code
  // Sessions that were open are asked for a second factor where an admin begins to demand one, and there is none yet. Where there is one, setting it up is refused.
  return command === 'setupUserTwoFactorAuthentication' ? 'code' : 'second-factor';
};
