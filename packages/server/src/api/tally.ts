import { sql } from 'kysely';
import type { Caller, Context } from './handler.ts';
import { type OwnershipParams, visible } from './scope.ts';

/** Tables whose living rows are counted as they come and go (0006-lists.ts). */
export type Tallied = 'virtual_machine' | 'volume' | 'network' | 'account' | 'host';

/** What says how much of a list is shown, or whose, and leaves nothing out. */
const leavingNothingOut: ReadonlySet<string> = new Set([
  ...['page', 'pagesize', 'details', 'userdata', 'showicon'],
  ...['listall', 'isrecursive', 'domainid', 'projectid'],
]);

/**
 * Whether a list is of all that there is in domains or in a project: that is told by the tally, which knows no accounts. An admin of ROOT who is no root
 * admin does not see what root admins have.
 */
export const asksForAll = ({ role, domainPath }: Caller, params: OwnershipParams): boolean =>
  (role === 'Admin' || (role !== 'User' && domainPath !== '/')) &&
  (params.listall === true || params.domainid !== undefined || params.projectid !== undefined) &&
  Object.entries(params).every(([name, value]) => value === undefined || leavingNothingOut.has(name));

/** How many there are that the caller sees with these parameters: the condition of the list itself, asked of the tally. */
export async function tallyOf(
  context: Pick<Context, 'db' | 'caller' | 'command'>,
  tallied: Tallied,
  params: OwnershipParams,
  alias: string,
): Promise<number> {
  const found = await sql<{ total: number }>`select coalesce(sum(amount), 0)::bigint as total
    from ${sql.table(`${tallied}_tally`)} as ${sql.ref(alias)} where ${visible(context, params, alias)}`.execute(context.db);
  return found.rows[0]!.total;
}
