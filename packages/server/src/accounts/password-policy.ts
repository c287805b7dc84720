import { createContext, Script } from 'node:vm';
import { CloudError } from '../error.ts';
import type { Settings } from './settings.ts';

/** What the characters of a password are counted as, and the setting that says how many there must be. */
const counted = [
  { setting: 'length', of: /./gsu, words: 'characters' },
  { setting: 'special.characters', of: /[^\p{L}\p{N}]/gu, words: 'characters that are neither letters nor digits' },
  { setting: 'digits', of: /\p{Nd}/gu, words: 'digits' },
  { setting: 'uppercase.letters', of: /\p{Lu}/gu, words: 'capital letters' },
  { setting: 'lowercase.letters', of: /\p{Ll}/gu, words: 'small letters' },
] as const;

export type NewPassword = { readonly password: string; readonly username: string; readonly domainId: string };

/** @throws {CloudError} `parameter`: all that the domain's policy asks for and this password lacks. */
export async function checkPassword(settings: Settings, { password, username, domainId }: NewPassword): Promise<void> {
  const scope = { scope: 'domain', id: domainId } as const;
  const problems: string[] = [];
  for (const { setting, of, words } of counted) {
    const least = await settings.number(`password.policy.minimum.${setting}`, scope);
    const has = password.match(of)?.length ?? 0;
    if (has < least) problems.push(`it has at least ${least} ${words}, and this one has ${has}`);
  }
  const named = username !== '' && password.toLowerCase().includes(username.toLowerCase());
  if (named && !(await settings.boolean('password.policy.allowPasswordContainingUsername', scope)))
    problems.push('it does not contain the name of its user');
  const pattern = await settings.text('password.policy.regex', scope);
  if (!matches(pattern, password)) problems.push(`it matches ${pattern}`);
  if (problems.length > 0)
    throw new CloudError('parameter', `The password is not one that is allowed here: ${problems.join('; ')}.`);
}

const whole = new Script('new RegExp("^(?:" + pattern + ")$", "su").test(password)');
const patienceMs = 100;

/** Some patterns take for ever on some texts: those match nothing. */
function matches(pattern: string, password: string): boolean {
  try {
    return whole.runInContext(createContext({ pattern, password }), { timeout: patienceMs }) === true;
  } catch {
    return false;
  }
}
