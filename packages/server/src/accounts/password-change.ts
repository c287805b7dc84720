import type { CommandName } from '@virtstack/contract';
import type { Caller } from '../api/handler.ts';
import { CloudError } from '../error.ts';
import { callable } from './permissions.ts';

/** What a session may call of a user whose password must be changed first: what leads there. */
const leadingThere: ReadonlySet<string> = new Set([
  'login',
  'logout',
  'listApis',
  'listCapabilities',
  'listUsers',
  'updateUser',
  'listUserTwoFactorAuthenticatorProviders',
  'setupUserTwoFactorAuthentication',
  'validateUserTwoFactorAuthenticationCode',
]);

/** All that somebody may call at present. Keys are no passwords: whoever signs is asked for nothing. */
export const callableNow = (caller: Caller): readonly CommandName[] =>
  isBound(caller) ? callable(caller).filter((name) => leadingThere.has(name)) : callable(caller);

const isBound = ({ mustChangePassword, session }: Caller): boolean => mustChangePassword === true && session !== undefined;

/**
 * `value`: of a parameter, by its name in lower case.
 * @throws {CloudError} `account`: the password must be changed, and this neither changes it nor leads there.
 */
export function requireChangedPassword(caller: Caller, value: (parameter: string) => string | undefined): void {
  const command = value('command') ?? '';
  if (!isBound(caller) || (leadingThere.has(command) && isAboutHimself(command, caller, value))) return;
  throw new CloudError(
    'account',
    'You must change your password before anything else: call updateUser with your id, the new password, and the one until now as currentpassword.',
  );
}

function isAboutHimself(command: string, { userId }: Caller, value: Parameters<typeof requireChangedPassword>[1]): boolean {
  const isHe = (id: string | undefined): boolean => id?.toLowerCase() === userId;
  if (command === 'listUsers') return isHe(value('id'));
  if (command === 'updateUser') return isHe(value('id')) && Boolean(value('password') && value('currentpassword'));
  return value('userid') === undefined || isHe(value('userid'));
}
