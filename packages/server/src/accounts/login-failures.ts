import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { CloudError } from '../error.ts';
import { networkOf } from './network-of.ts';

/**
 * Counts log-ins that failed, in the database: servers that share it count together, and none forgets at its start. An attempt counts as failed before it
 * is looked at: of many at once no more than allowed are.
 */
export type Attempted = {
  /** How many failed before it. */
  readonly before: number;
  /** It did not fail. */
  forgive(): Promise<void>;
};

const addressMinutes = 10;
const nameMinutes = 15;

/** By where they come from, so that nobody tries one password on many names. @throws {CloudError} `too-many-requests` */
export async function attemptFrom(db: Database, address: string, most: number): Promise<Attempted> {
  const network = networkOf(address);
  const { rows } = await sql<{ failures: number; until: string }>`
    insert into login_failure as f (counted, name, failures, forgotten)
    values ('address', ${network}, 1, now() + make_interval(mins => ${addressMinutes}))
    on conflict (counted, name) do update set
      failures = case when f.forgotten <= now() then 1 else f.failures + 1 end,
      forgotten = case when f.forgotten <= now() then excluded.forgotten else f.forgotten end
    where f.forgotten <= now() or f.failures < ${most}
    returning failures, forgotten::text as until`.execute(db);
  const [counted] = rows;
  if (!counted) throw await tooMany(db, network, most);
  return {
    before: counted.failures - 1,
    // What was counted in a time that is over is forgotten with it.
    forgive: async () =>
      void (await sql`
        update login_failure set failures = failures - 1
        where counted = 'address' and name = ${network} and forgotten = ${counted.until}::timestamptz`.execute(db)),
  };
}

async function tooMany(db: Database, network: string, most: number): Promise<CloudError> {
  const { rows } = await sql<{ failures: number; minutes: number }>`
    select failures, ceil(extract(epoch from forgotten - now()) / 60)::int as minutes from login_failure
    where counted = 'address' and name = ${network}`.execute(db);
  const { failures, minutes } = rows[0] ?? { failures: most, minutes: 1 };
  return new CloudError(
    'too-many-requests',
    `Too many log-ins from your address failed: ${failures} in ten minutes, and ${most} are allowed. Try again in ${Math.max(minutes, 1)} minutes.`,
  );
}

/** By the name that is tried; the name itself, which may be a password in the wrong field, is nowhere: `mark` stands for it. */
export async function attemptOn(db: Database, mark: string): Promise<Attempted> {
  const { rows } = await sql<{ failures: number }>`
    insert into login_failure as f (counted, name, failures, forgotten)
    values ('name', ${mark}, 1, now() + make_interval(mins => ${nameMinutes}))
    on conflict (counted, name) do update set
      failures = case when f.forgotten <= now() then 1 else f.failures + 1 end, forgotten = excluded.forgotten
    returning failures`.execute(db);
  return {
    before: rows[0]!.failures - 1,
    forgive: async () =>
      void (await db.deleteFrom('login_failure').where('counted', '=', 'name').where('name', '=', mark).execute()),
  };
}
