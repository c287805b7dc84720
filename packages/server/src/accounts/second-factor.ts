import { sql } from 'kysely';
import type { Caller } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import type { Secrets } from './secrets.ts';
import type { Settings } from './settings.ts';
import { freshTotpSecret, stepOfCode } from './totp.ts';

/** The kinds of second factor that there are. */
export const providers = [
  { name: 'totp', description: 'Codes of six digits, shown by any authenticator app (RFC 6238)' },
] as const;

/** After each so many wrong codes in a row none is looked at for a while: twice as long each time, up to a day. */
const triesAtOnce = 5;
const firstPauseMinutes = 15;
const longestPauseMinutes = 1440;

const purpose = (userId: string): string => `second factor ${userId}`;

/** @throws {CloudError} `parameter`: nobody in that domain may set a second factor up. */
export async function requireEnabled(settings: Settings, domainId: string): Promise<void> {
  if (!(await isEnabled(settings, domainId)))
    throw new CloudError(
      'parameter',
      'Two factor authentication is off in that domain: the setting enable.user.2fa turns it on.',
    );
}

const isEnabled = (settings: Settings, domainId: string): Promise<boolean> =>
  settings.boolean('enable.user.2fa', { scope: 'domain', id: domainId });

/** Whether somebody must set a second factor up: an admin said so of him, or of all in his domain. */
export async function isMandated(settings: Settings, caller: Caller): Promise<boolean> {
  if (!(await isEnabled(settings, caller.domainId))) return false;
  return caller.secondFactor?.mandated || settings.boolean('mandate.user.2fa', { scope: 'domain', id: caller.domainId });
}

/** Whether a session needs a second factor before it may be used. */
export const isAsked = async (settings: Settings, caller: Caller): Promise<boolean> =>
  caller.secondFactor?.enabled || isMandated(settings, caller);

/** What a session may call before the second factor is shown. */
const openToAll: ReadonlySet<string> = new Set([
  'logout',
  'listApis',
  'listUserTwoFactorAuthenticatorProviders',
  'setupUserTwoFactorAuthentication',
  'validateUserTwoFactorAuthenticationCode',
]);

/** @throws {CloudError} `second-factor`: it is asked for, was not shown in this session, and the command is none of the few that need none. */
export async function requireSecondFactor(settings: Settings, caller: Caller, command: string): Promise<void> {
  if (!caller.session || caller.session.verified || openToAll.has(command)) return;
  if (caller.secondFactor?.enabled) throw notShown();
  if (await isMandated(settings, caller))
    throw new CloudError(
      'second-factor',
      'Unable to process the API request: two factor authentication is mandated by an admin. Set it up with setupUserTwoFactorAuthentication, then show a code with validateUserTwoFactorAuthenticationCode.',
    );
}

export const notShown = (): CloudError =>
  new CloudError(
    'second-factor',
    'Unable to process the API request: two factor authentication is enabled but not verified. Show a code with validateUserTwoFactorAuthenticationCode first.',
  );

/** A new secret, which counts from the first code on that is shown. @throws {CloudError} `parameter`: there is one that counts. */
export async function setUp(db: Database, secrets: Secrets, userId: string): Promise<string> {
  const secret = freshTotpSecret();
  const fresh = { ...nothingSetUp, totp_secret: secrets.seal(secret, purpose(userId)) };
  const done = await db
    .updateTable('users')
    .set(fresh)
    .where('id', '=', userId)
    .where('totp_enabled', '=', false)
    .executeTakeFirst();
  if (done.numUpdatedRows === 0n)
    throw new CloudError('parameter', 'You have a second factor. To set another one up, take it off first (enable=false).');
  return secret;
}

/** What a user's row says of a second factor where there is none. */
export const nothingSetUp = {
  totp_secret: null,
  totp_enabled: false,
  totp_used: null,
  totp_attempts: 0,
  totp_blocked: null,
} as const;

/**
 * Looks at a code; a right one opens the session. The first right one after the setting up enables the second factor, and the user's other sessions end.
 * `db` must be no transaction: attempts count also where this throws.
 * @throws {CloudError} `second-factor`: it is wrong, or was used; `too-many-requests`: too many were wrong; `parameter`: there is nothing to compare it with.
 */
export async function showCode(db: Database, secrets: Secrets, caller: Caller & Required<Pick<Caller, 'session'>>, code: string) {
  const { sealed, enabled } = await countAttempt(db, caller.userId);
  const step = stepOfCode(secrets.open(sealed, purpose(caller.userId)), code, Date.now());
  const used = step !== undefined && (await useStep(db, caller.userId, sealed, step));
  if (!used)
    throw new CloudError(
      'second-factor',
      'The code is not right, or was used before: each is good once, for about a minute. Wait for the next one; if that is wrong too, look at the clock of your device.',
    );
  await db.updateTable('session').set({ verified: true }).where('id_hash', '=', caller.session.idHash).execute();
  if (enabled) return;
  await db.deleteFrom('session').where('user_id', '=', caller.userId).where('id_hash', '!=', caller.session.idHash).execute();
}

/** Counted before it is looked at: of many at once no more than those are. */
async function countAttempt(db: Database, userId: string): Promise<{ sealed: Buffer; enabled: boolean }> {
  const minutes = sql`least(${firstPauseMinutes} * 2 ^ least((totp_attempts + 1) / ${triesAtOnce} - 1, 20), ${longestPauseMinutes})`;
  const { rows } = await sql<{ sealed: Buffer; enabled: boolean }>`
    update users set totp_attempts = totp_attempts + 1,
      totp_blocked = case when (totp_attempts + 1) % ${triesAtOnce} = 0 then now() + ${minutes} * interval '1 minute' end
    where id = ${userId} and totp_secret is not null and (totp_blocked is null or totp_blocked <= now())
    returning totp_secret as sealed, totp_enabled as enabled`.execute(db);
  return rows[0] ?? refuseAttempt(db, userId);
}

async function refuseAttempt(db: Database, userId: string): Promise<never> {
  const row = await db.selectFrom('users').select('totp_blocked').where('id', '=', userId).executeTakeFirst();
  if (!row?.totp_blocked)
    throw new CloudError('parameter', 'No second factor is set up: begin with setupUserTwoFactorAuthentication.');
  throw new CloudError(
    'too-many-requests',
    `Too many wrong codes: none is looked at before ${row.totp_blocked.toISOString()}. An admin can take the second factor off.`,
  );
}

/** Whether this is the first use of the code of that step: an earlier one does not count any more either. */
async function useStep(db: Database, userId: string, sealed: Buffer, step: number): Promise<boolean> {
  const done = await db
    .updateTable('users')
    .set({ totp_used: step, totp_enabled: true, totp_attempts: 0, totp_blocked: null })
    .where('id', '=', userId)
    .where('totp_secret', '=', sealed)
    .where((eb) => eb.or([eb('totp_used', 'is', null), eb('totp_used', '<', step)]))
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}
