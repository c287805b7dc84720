import { body, validate } from '@virtstack/contract';
import type { Login } from '../accounts/login.ts';
import { mayCall } from '../accounts/permissions.ts';
import { roles } from '../accounts/roles.ts';
import { isAsked, providers, showCode } from '../accounts/second-factor.ts';
import { beginSession, endSession, sessionLife } from '../accounts/sessions.ts';
import type { Settings } from '../accounts/settings.ts';
import { recordEvent, recordFailure } from '../api/events.ts';
import type { Caller } from '../api/handler.ts';
import type { Cloud } from '../cloud.ts';
import { CloudError, isCloudError } from '../error.ts';
import type { RawParameters } from './parameters.ts';

/** What goes into the envelope, and the cookies that go with it. */
export type SessionAnswer = { readonly content: object; readonly cookies: readonly string[] };

const cookie = (name: string, value: string, more = ''): string =>
  `${name}=${value}; Path=/client; HttpOnly; Secure; SameSite=Lax${more}`;
const ended = '; Max-Age=0';

/** @throws {CloudError} `account`: it is not a user and his password. */
export async function logIn(
  cloud: Cloud,
  login: Login,
  { method, address }: { readonly method: string; readonly address: string },
  parameters: RawParameters,
): Promise<SessionAnswer> {
  if (method !== 'POST') throw new CloudError('method', 'login is called by POST: a password does not belong into an address.');
  const caller = await login({ ...credentials(parameters), address });
  const life = await sessionLife(cloud.settings);
  const { id, key } = await beginSession(cloud.db, caller.userId, life);
  await recordEvent(cloud.db, { type: 'USER.LOGIN', command: 'login', caller, state: 'Completed' });
  return {
    content: await loginAnswer(cloud, caller, key, life.idle),
    cookies: [cookie('JSESSIONID', id), cookie('sessionkey', key)],
  };
}

/** What failed is remembered by its name, so strangers must not fill the memory with long ones. */
const longest = 1024;

function credentials(parameters: RawParameters): { username: string; password: string; domain: string } {
  const given = (name: string): string => parameters.get(name)?.value ?? '';
  const read = { username: given('username'), password: given('password'), domain: given('domain') };
  for (const [name, value] of Object.entries(read)) {
    if (!value && name !== 'domain')
      throw new CloudError('parameter', `Unable to execute API command login due to missing parameter ${name}`);
    if (value.length > longest)
      throw new CloudError('parameter', `The ${name} of a login is at most ${longest} characters long.`);
  }
  return read;
}

async function loginAnswer(cloud: Cloud, caller: Caller, key: string, minutes: number): Promise<object> {
  const person = await cloud.db
    .selectFrom('users')
    .select(['firstname', 'lastname', 'timezone', 'password_change_required'])
    .where('id', '=', caller.userId)
    .executeTakeFirstOrThrow();
  const { password_change_required: passwordchangerequired, ...names } = person;
  return body('login', {
    ...names,
    ...(passwordchangerequired && { passwordchangerequired }),
    sessionkey: key,
    userid: caller.userId,
    username: caller.username,
    account: caller.account,
    domainid: caller.domainId,
    type: String(roles[caller.role].accountType),
    timeout: minutes * 60,
    timezoneoffset: offsetOf(person.timezone),
    registered: 'false',
    ...(await secondFactorAnswer(cloud.settings, caller)),
  });
}

async function secondFactorAnswer(settings: Settings, caller: Caller) {
  const asked = await isAsked(settings, caller);
  return {
    is2faenabled: String(asked),
    is2faverified: String(!asked),
    ...(caller.secondFactor?.enabled && { providerfor2fa: providers[0].name }),
    issuerfor2fa: await settings.text('user.2fa.issuer', { scope: 'domain', id: caller.domainId }),
  };
}

/** Shows a code. Not within a transaction, as other commands are: a wrong one counts. @throws {CloudError} */
export async function showSecondFactor(cloud: Cloud, caller: Caller, parameters: RawParameters): Promise<object> {
  const command = 'validateUserTwoFactorAuthenticationCode';
  const read = validate(
    command,
    [...parameters.values()].map(({ name, value }) => [name, value] as const),
  );
  if ('problems' in read) throw new CloudError('parameter', read.problems.map(({ message }) => message).join('; '));
  const { session } = caller;
  if (!session) throw new CloudError('parameter', 'A code is for a session: whoever signs with a key is asked for none.');
  const event = { type: 'USER.2FA.VALIDATE', command, caller, state: 'Completed' };
  await showCode(cloud.db, cloud.secrets, { ...caller, session }, read.values.codefor2fa).catch(async (error: unknown) => {
    // Wrong codes are told: a few, and then none is looked at for a while.
    if (isCloudError(error) && error.kind === 'second-factor') await recordEvent(cloud.db, { ...event, failure: error });
    throw error;
  });
  await recordEvent(cloud.db, event);
  return body(command, { success: true });
}

/**
 * Whoever changes his own password says the one until now. It is looked at as at a log-in, and a wrong one counts as there: by name, by address, until the
 * user is disabled. Not within the command's transaction, which a refusal takes back.
 * @throws {CloudError} `parameter`: it is wrong; `too-many-requests`
 */
export async function confirmPassword(
  cloud: Cloud,
  login: Login,
  caller: Caller,
  address: string,
  parameters: RawParameters,
): Promise<Caller> {
  const current = parameters.get('currentpassword')?.value;
  const isHis = parameters.get('id')?.value.toLowerCase() === caller.userId && parameters.has('password');
  if (!current || current.length > longest || !isHis || !mayCall(caller, 'updateUser')) return caller;
  try {
    await login({ username: caller.username, password: current, domain: caller.domainPath, address });
  } catch (error) {
    if (!isCloudError(error) || error.kind !== 'account') throw error;
    const failure = new CloudError('parameter', 'The current password is not right.');
    const about = { type: 'USER.UPDATE', command: 'updateUser', state: 'Completed', thing: { type: 'user', id: caller.userId } };
    await recordFailure(cloud.db, { ...about, caller, failure });
    throw failure;
  }
  return { ...caller, saidPassword: true };
}

/** Hours from UTC, as text; nothing where the zone is not known. */
function offsetOf(zone: string | null): string | undefined {
  if (!zone) return undefined;
  try {
    const name = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
      .formatToParts()
      .find(({ type }) => type === 'timeZoneName')!.value;
    const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    const value = Number(hours ?? 0) + Number(minutes ?? 0) / 60;
    return (sign === '-' ? -value : value).toFixed(1);
  } catch {
    return undefined; // a name that this system does not know
  }
}

/**
 * `caller`: whose session it is. Does nothing, harmlessly, where there is no session: clients log out before they log in.
 * @throws {CloudError} `unauthorized`: the cookie is that of a session, and its key was not sent beside it.
 */
export async function logOut(
  cloud: Cloud,
  caller: Caller | undefined,
  cookies: Readonly<Record<string, string>>,
  parameters: RawParameters,
): Promise<SessionAnswer> {
  const [id, key = ''] = [cookies.JSESSIONID, parameters.get('sessionkey')?.value];
  if (id && !(await endSession(cloud.db, { id, key })))
    throw new CloudError('unauthorized', 'logout needs the key of the session, as every other command: send sessionkey.');
  if (caller?.session) await recordEvent(cloud.db, { type: 'USER.LOGOUT', command: 'logout', caller, state: 'Completed' });
  return {
    content: body('logout', { description: 'success' }),
    cookies: [cookie('JSESSIONID', '', ended), cookie('sessionkey', '', ended)],
  };
}
