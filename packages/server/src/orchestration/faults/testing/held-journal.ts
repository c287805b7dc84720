import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { connectionOptions, type Database } from '../../../db/database.ts';

/** Any number that nothing else locks. */
const lock = 4_711_471;

/** Where jobs are held: before the write that finds this many steps in their journal, or before the one that ends them. */
export type HeldAt = number | 'end';
/** What becomes of the writes that are held when their server is killed. */
export type Fate = 'lost' | 'kept';

/** Holds jobs at the writes of their journal, in the database itself, where a server can be killed in the middle of one. */
export type HeldJournal = {
  holdAt(at: HeldAt): Promise<void>;
  /** How many writes are held now. */
  count(): Promise<number>;
  /** Nothing is held any more. A server that was killed may have been killed before the database had its write, or after. */
  release(fate: Fate): Promise<void>;
  close(): Promise<void>;
};

export async function holdJournal(db: Database, databaseUrl: string): Promise<HeldJournal> {
  await sql`create table held_at (steps integer not null)`.execute(db);
  await sql
    .raw(`create function hold_journal() returns trigger language plpgsql as $$ begin
  if old.status = 0 and (select case when steps < 0 then new.status <> 0 else (select count(*) from job_step where job_id = new.id) = steps end
    from held_at) then perform pg_advisory_xact_lock_shared(${lock}); end if;
  return new; end $$`)
    .execute(db);
  await sql`create trigger hold_journal before update of state, status, server_number on job for each row execute function hold_journal()`.execute(
    db,
  );
  // A session of its own: the lock is the session's.
  const holder = new pg.Client(connectionOptions(databaseUrl));
  await holder.connect();
  await holder.query('select pg_advisory_lock($1)', [lock]);
  const held = async (): Promise<readonly number[]> => {
    const { rows } = await holder.query<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and not granted and objid = $1
        and database = (select oid from pg_database where datname = current_database())`,
      [lock],
    );
    return rows.map(({ pid }) => pid);
  };
  const count = async (): Promise<number> => (await held()).length;
  return {
    count,
    close: () => holder.end(),
    async holdAt(at) {
      await sql`delete from held_at`.execute(db);
      await sql`insert into held_at values (${at === 'end' ? -1 : at})`.execute(db);
    },
    async release(fate) {
      await sql`delete from held_at`.execute(db);
      if (fate === 'lost') for (const pid of await held()) await holder.query('select pg_terminate_backend($1)', [pid]);
      else await holder.query('select pg_advisory_unlock($1)', [lock]);
      while ((await count()) > 0) await wait(5);
      if (fate === 'kept') await holder.query('select pg_advisory_lock($1)', [lock]);
    },
  };
}
