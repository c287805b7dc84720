import type { Database } from '../db/database.ts';
import { type CloudError, wordsFor } from '../error.ts';

/** What the account that something belongs to may read of an error. */
export async function toldTo(db: Database, accountId: string, error: CloudError): Promise<string> {
  if (error.forAdmins === undefined) return error.message;
  const account = await db.selectFrom('account').select('role_type').where('id', '=', accountId).executeTakeFirst();
  return wordsFor(account?.role_type === 'Admin', error);
}
