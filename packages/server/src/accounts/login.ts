import { setTimeout as wait } from 'node:timers/promises';
import type { Caller } from '../api/handler.ts';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { findCallers } from './callers.ts';
import { limited } from './limited.ts';
import { verifyPassword } from './password.ts';

/** Finds who that name and password are of. */
export type Login = (username: string, password: string, domain: string) => Promise<Caller>;

/** After this many failures in a row each further attempt on a name waits, twice as long each time up to the longest. */
const free = 3;
const firstWaitMs = 250;
const longestWaitMs = 8000;
const forgottenMs = 15 * 60_000;
const mostNames = 10_000;

type Record = { failures: number; last: number; slot: <T>(act: () => Promise<T>) => Promise<T> };

/** Logging in, with memory of what failed. Attempts on one name go one after another. */
export function openLogin(db: Database): Login {
  const names = new Map<string, Record>();
  return async (username, password, domain) => {
    const path = domainPath(domain);
    const record = recordOf(names, `${path} ${username.toLowerCase()}`);
    return record.slot(async () => {
      await wait(pause(record.failures));
      const caller = await check(db, username, password, path);
      record.last = Date.now();
      record.failures = caller ? 0 : record.failures + 1;
      if (caller) return caller;
      throw new CloudError(
        'account',
        `Failed to authenticate user ${username.slice(0, 100)} in domain ${path.slice(0, 100)}; please provide valid credentials`,
      );
    });
  };
}

const pause = (failures: number): number => (failures < free ? 0 : Math.min(firstWaitMs * 2 ** (failures - free), longestWaitMs));

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

async function check(db: Database, username: string, password: string, path: string): Promise<Caller | undefined> {
  const found = await findCallers(db, (eb) => eb.and([eb('users.username', '=', username), eb('domain.path', '=', path)]));
  if (found.length === 0) await verifyPassword(undefined, password);
  for (const { caller, passwordHash } of found) if (await verifyPassword(passwordHash, password)) return caller;
  return undefined;
}
