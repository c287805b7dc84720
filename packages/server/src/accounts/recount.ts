import { countedResources } from '@virtstack/contract';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { raiseAlert } from '../hosts/alert.ts';
import type { LimitOwner } from './limit-owner.ts';
import { type Usage, usageOfAccounts } from './usage.ts';

const names = ['running', ...countedResources.map(({ name }) => name)] as const;
type Counted = LimitOwner & Required<Pick<LimitOwner, 'account'>>;

/** Counts in the rows what these accounts have, and mends what was kept of it; an alert tells what it was. */
export async function recount(db: Database, owners: readonly Counted[]): Promise<void> {
  const ids = owners.map(({ account }) => account.id);
  // Whoever changes something meanwhile waits, and adds to what is counted now.
  await sql`select from account_usage where account_id = any(${ids}::uuid[]) order by account_id for no key update`.execute(db);
  const kept = await usageOfAccounts(db, ids);
  const counted = await sql<Usage & { account_id: string }>`
    select id as account_id, has.* from unnest(${ids}::uuid[]) as id, account_has(id) as has`.execute(db);
  const counts = new Map(counted.rows.map((row) => [row.account_id, row]));
  for (const owner of owners) {
    const [was, is] = [kept.get(owner.account.id), counts.get(owner.account.id)!];
    const wrong = names.filter((name) => was?.[name] !== is[name]);
    if (wrong.length > 0) await mend(db, owner, { was, is, wrong });
  }
}

type Difference = { readonly was: Usage | undefined; readonly is: Usage; readonly wrong: readonly (keyof Usage)[] };

async function mend(db: Database, { account, domain, project }: Counted, { was, is, wrong }: Difference): Promise<void> {
  const amounts = Object.fromEntries(names.map((name) => [name, is[name]])) as { [R in keyof Usage]: number };
  await db
    .insertInto('account_usage')
    .values({ account_id: account.id, domain_id: domain.id, ...amounts })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(amounts))
    .execute();
  const whose = project ? `project ${project.name}` : `account ${account.name}`;
  const changes = wrong.map((name) => `${name} was ${was?.[name] ?? 'not counted'}, is ${is[name]}`);
  await raiseAlert(db, {
    type: 'UPDATE_RESOURCE_COUNT',
    name: 'ALERT.UPDATE.RESOURCE.COUNT',
    description: `What ${whose} has was counted wrongly, which is mended: ${changes.join('; ')}.`,
    resourceId: account.id,
  });
}
