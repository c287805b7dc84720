import { keyPairResponse, selectKeyPairs } from '../api/handlers/key-pair-rows.ts';
import { sealFields } from '../api/job-result.ts';
import type { Database } from '../db/database.ts';
import { saga } from '../orchestration/saga.ts';
import { addApiKeys, openApiKeys } from './api-keys.ts';
import type { DescribedRule } from './rules.ts';

/** Dates as JSON has them. */
type Making = {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly description?: string;
  readonly starts?: string;
  readonly ends?: string;
  readonly rules: readonly DescribedRule[];
};

const dateOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));

/** Makes a pair of API keys for a user. The secret lies sealed in the job until it is asked for. */
export const registerUserKeys = saga<Making>('register-user-keys', {
  result: async ({ db, secrets, jobId }, { id }) => {
    const keys = await openApiKeys(db, secrets, id);
    const row = await selectKeyPairs(db).where('k.id', '=', id).executeTakeFirst();
    if (!keys || !row) return { success: true };
    return { userkeys: { ...keyPairResponse(row, true), ...sealFields(secrets, jobId, { secretkey: keys.secretkey }) } };
  },
}).step('keys', {
  do: async ({ db, secrets }, { starts, ends, ...pair }) => {
    await addApiKeys(db, secrets, { ...pair, starts: dateOf(starts), ends: dateOf(ends) });
  },
  undo: ({ db }, { id }) => deleteKeys(db, id),
});

/** Takes a pair of API keys away. */
export const deleteUserKeys = saga<{ readonly id: string }>('delete-user-keys').step('keys', {
  do: ({ db }, { id }) => deleteKeys(db, id),
  undo: { nothing: 'a pair that was to go is not made anew: nobody would know its secret' },
});

async function deleteKeys(db: Database, id: string): Promise<void> {
  await db.deleteFrom('api_key').where('id', '=', id).execute();
}
