import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { findCallers } from './callers.ts';
import { isBuiltIn } from './first-admin.ts';
import { limited } from './limited.ts';
import { attemptFrom, attemptOn } from './login-failures.ts';
import { verifyPassword } from './password.ts';
import type { Secrets } from './secrets.ts';
import { endSessionsOf } from './sessions.ts';
import type { Settings } from './settings.ts';

/** Who wants to log in, and from where. */
export type Attempt = {
  readonly username: string;
  readonly password: string;
  readonly domain: string;
  readonly address: string;
};
/** Finds who that name and password are of. @throws {CloudError} `account`: nobody; `too-many-requests`: of that address, or on that name. */
export type Login = (attempt: Attempt) => Promise<Caller>;

/** After this many failures in a row each further attempt on a name waits, twice as long each time up to the longest. */
const free = 3;
const firstWaitMs = 250;
const longestWaitMs = 8000;

type Slot = { users: number; readonly take: <T>(act: () => Promise<T>) => Promise<T> };

/**
 * Logging in; what failed is remembered in the database. At one server attempts on one name go one after another. `wait`: how a pause is made.
 */
export function openLogin(
  db: Database,
  settings: Settings,
  secrets: Secrets,
  wait: (ms: number) => Promise<void> = (ms) => sleep(ms),
): Login {
  const slots = new Map<string, Slot>();
  return async ({ username, password, domain, address }) => {
    const path = domainPath(domain);
    const from = await attemptFrom(db, address, await settings.number('login.failures.per.address'));
    const mark = secrets.mark(`${path} ${username.toLowerCase()}`, 'login name');
    const caller = await inTurn(slots, mark, async () => {
      const on = await attemptOn(db, mark);
      await wait(pauseAfter(on.before));
      const found = await check(db, settings, { username, password, path });
      if (found) await on.forgive();
      return found;
    });
    if (!caller)
      throw new CloudError(
        'account',
        `Failed to authenticate user ${username.slice(0, 100)} in domain ${path.slice(0, 100)}; please provide valid credentials`,
      );
    await from.forgive();
    return caller;
  };
}

const pauseAfter = (failures: number): number =>
  failures < free ? 0 : Math.min(firstWaitMs * 2 ** (failures - free), longestWaitMs);

/** @throws {CloudError} `too-many-requests`: too many wait on that name. */
async function inTurn<T>(slots: Map<string, Slot>, name: string, act: () => Promise<T>): Promise<T> {
  const slot = slots.get(name) ?? { users: 0, take: limited(1, 20) };
  slots.set(name, slot);
  slot.users++;
  try {
    return await slot.take(act);
  } finally {
    slot.users--;
    if (slot.users === 0) slots.delete(name);
  }
}

/** `a/b`, `/a/b/`, `ROOT/a/b` and nothing at all are what clients send. */
const domainPath = (domain: string): string => `/${domain}/`.replace(/\/+/g, '/').replace(/^\/ROOT\//i, '/');

type Named = { readonly username: string; readonly password: string; readonly path: string };

async function check(db: Database, settings: Settings, { username, password, path }: Named): Promise<Caller | undefined> {
  const found = await findCallers(db, (eb) => eb.and([eb('users.username', '=', username), eb('domain.path', '=', path)]));
  if (found.length === 0) await verifyPassword(undefined, password);
  for (const { caller, passwordHash } of found)
    if (await verifyPassword(passwordHash, password)) {
      await db
        .updateTable('users')
        .set({ failed_logins: 0 })
        .where('id', '=', caller.userId)
        .where('failed_logins', '>', 0)
        .execute();
      return caller;
    }
  for (const { caller } of found) await countFailure(db, settings, caller);
  return undefined;
}

/** Disables a user on whom too many wrong passwords were tried; not the built-in admin, lest strangers shut everybody out of a cloud. */
async function countFailure(db: Database, settings: Settings, caller: Caller): Promise<void> {
  const most = await settings.number('incorrect.login.attempts.allowed');
  const { failed_logins } = await db
    .updateTable('users')
    .set((eb) => ({ failed_logins: eb('failed_logins', '+', 1) }))
    .where('id', '=', caller.userId)
    .returning('failed_logins')
    .executeTakeFirstOrThrow();
  if (most === 0 || failed_logins < most || isBuiltIn(caller)) return;
  await db
    .updateTable('users')
    .set({ state: 'disabled' })
    .where('id', '=', caller.userId)
    .where('state', '=', 'enabled')
    .execute();
  await endSessionsOf(db, caller.userId);
}
