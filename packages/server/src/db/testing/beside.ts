import { sql } from 'kysely';
import type { Database } from '../database.ts';

/** Thrown within `beside`: the transaction leaves nothing, and nobody is told. */
export const gaveUp = new Error('given up');
const deadlock = '40P01';

/** A transaction beside others that change the same rows: of two that wait for each other one is refused at once, and leaves nothing. */
export const beside = (db: Database, act: (tx: Database) => Promise<void>): Promise<void> =>
  db
    .transaction()
    .execute(async (tx) => {
      await sql`set local deadlock_timeout = '10ms'`.execute(tx);
      await act(tx);
    })
    .catch((error: unknown) => {
      if (error !== gaveUp && (error as { code?: string }).code !== deadlock) throw error;
    });
