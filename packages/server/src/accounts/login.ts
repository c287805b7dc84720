import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { findCallers } from './callers.ts';
import { isBuiltIn } from './first-admin.ts';
import { limited } from './limited.ts';
import { openAddresses } from './login-addresses.ts';
import { verifyPassword } from './password.ts';
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
const forgottenMs = 15 * 60_000;
const mostNames = 10_000;

type Record = { failures: number; last: number; slot: <T>(act: () => Promise<T>) => Promise<T> };

/** Logging in, with memory of what failed. Attempts on one name go one after another. `wait`: how a pause is made. */
export function openLogin(db: Database, settings: Settings, wait: (ms: number) => Promise<void> = (ms) => sleep(ms)): Login {
  const names = new Map<string, Record>();
  const addresses = openAddresses();
  return async ({ username, password, domain, address }) => {
    const path = domainPath(domain);
    const settle = addresses.begin(address, await settings.number('login.failures.per.address'));
    let failed = true;
    try {
      const record = recordOf(names, `${path} ${username.toLowerCase()}`);
      const caller = await record.slot(async () => {
        await wait(pauseAfter(record.failures));
        const found = await check(db, settings, { username, password, path });
        record.last = Date.now();
        record.failures = found ? 0 : record.failures + 1;
        return found;
      });
      failed = caller === undefined;
      if (caller) return caller;
      throw new CloudError(
        'account',
        `Failed to authenticate user ${username.slice(0, 100)} in domain ${path.slice(0, 100)}; please provide valid credentials`,
      );
    } finally {
      settle(failed);
    }
  };
}

const pauseAfter = (failures: number): number =>
  failures < free ? 0 : Math.min(firstWaitMs * 2 ** (failures - free), longestWaitMs);

function recordOf(names: Map<string, Record>, name: string): Record {
  const now = Date.now();
  let record = names.get(name);
  if (!record || now - record.last > forgottenMs) record = { failures: 0, last: now, slot: limited(1, 20) };
  names.delete(name);
  names.set(name, record);
  // The one that was tried longest ago is the first of a Map.
  if (names.size > mostNames) names.delete(names.keys().next().value!);
  return record;
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
