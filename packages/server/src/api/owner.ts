import { CloudError } from '../error.ts';
import type { Context } from './handler.ts';

/** The account that is to own a new thing: the caller's, or the one that he named and may act for (`owner` of the contract). @throws {CloudError} */
export async function ownerOf(
  { db, caller }: Pick<Context, 'db' | 'caller'>,
  { account, domainid }: { readonly account?: string | undefined; readonly domainid?: string | undefined },
): Promise<{ readonly accountId: string; readonly domainId: string }> {
  const domainId = domainid ?? caller.domainId;
  if (account === undefined || (account === caller.account && domainId === caller.domainId))
    return { accountId: caller.accountId, domainId: caller.domainId };
  const found =
    caller.role === 'User'
      ? undefined
      : await db
          .selectFrom('account')
          .innerJoin('domain', 'domain.id', 'account.domain_id')
          .select(['account.id', 'account.domain_id', 'domain.path'])
          .where('account.name', '=', account)
          .where('account.domain_id', '=', domainId)
          .where('account.removed', 'is', null)
          .executeTakeFirst();
  const permitted = found && (caller.role === 'Admin' || found.path.startsWith(caller.domainPath));
  if (!permitted) throw new CloudError('account', `There is no account ${account} in that domain for which you may act.`);
  return { accountId: found.id, domainId: found.domain_id };
}
