import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { isCloudError, wordsFor } from '../../error.ts';
import type { Run } from '../../orchestration/saga.ts';

/** Adds an event to those of the job's command: its type, whose it is and what it is about. */
export async function tell({ db, jobId }: Run, words: string, level: 'INFO' | 'ERROR' = 'INFO'): Promise<void> {
  await sql`
    insert into event (id, type, level, state, description, account_id, domain_id, project_id, user_id, resource_type, resource_id, start_id)
    select ${randomUUID()}, e.type, ${level}, 'Started', ${words}, e.account_id, e.domain_id, e.project_id, e.user_id, e.resource_type, e.resource_id, e.id
    from job j join event e on e.id = j.start_event_id where j.id = ${jobId}`.execute(db);
}

/** A step that tells when it begins, and why it failed. */
export const told =
  <S extends { readonly address: string }, R>(words: string, act: (run: Run, state: S) => Promise<R>) =>
  async (run: Run, state: S): Promise<R> => {
    await tell(run, `host ${state.address}: ${words}`);
    try {
      return await act(run, state);
    } catch (error) {
      run.signal.throwIfAborted();
      if (isCloudError(error)) await tell(run, `host ${state.address}: ${words}: ${wordsFor(true, error)}`, 'ERROR');
      throw error;
    }
  };

/** Adds to what the asker will be told of the job's failure. */
export async function addToFailure({ db, jobId }: Run, words: string): Promise<void> {
  const longer = (column: 'error_text' | 'error_public') => sql<string>`concat_ws(' ', ${sql.ref(column)}, ${words}::text)`;
  await db
    .updateTable('job')
    .set({ error_text: longer('error_text'), error_public: longer('error_public') })
    .where('id', '=', jobId)
    .where('status', '=', 0)
    .where(sql<boolean>`position(${words} in coalesce(error_text, '')) = 0`)
    .execute();
}
