import { sql } from 'kysely';
import { builtInAccount } from '../accounts/first-admin.ts';
import type { JobRequest } from '../jobs/request.ts';
import { type Child, haveDone, repeated } from './child-jobs.ts';
import { forgetVolume } from './forget-volume.ts';
import { machineJob } from './machine-job.ts';
import type { Run, Saga } from './saga.ts';

/** An account that is emptied: one of somebody, or a project's. */
export type Emptied = { readonly accountId: string };

/** What an account has, in the order in which it can go: each part is idempotent. @throws {CloudError} `in-use`: what hinders it. */
const parts: readonly { readonly name: string; readonly remove: (run: Run, accountId: string) => Promise<void> }[] = [
  { name: 'machines', remove: expungeMachines },
  { name: 'volumes', remove: deleteVolumes },
  { name: 'templates', remove: deleteTemplates },
  { name: 'networks', remove: deleteNetworks },
  { name: 'small things', remove: deleteSmallThings },
];
const gone = { nothing: 'what is removed is removed; deleting again goes on' };

/** The steps after which an account (a project's too) owns nothing. */
export const emptySteps = <S extends Emptied>(begun: Saga<S>): Saga<S> =>
  parts.reduce(
    (saga, { name, remove }) => saga.step(name, { do: async (run, { accountId }) => remove(run, accountId), undo: gone }),
    begun,
  );

/** The same within one step. */
export async function emptyAccount(run: Run, accountId: string): Promise<void> {
  for (const { remove } of parts) await remove(run, accountId);
}

type Named = { readonly id: string; readonly name: string };

async function expungeMachines(run: Run, accountId: string): Promise<void> {
  const machines = (): Promise<(Named & { state: string })[]> =>
    run.db
      .selectFrom('virtual_machine')
      .select(['id', 'display_name as name', 'state'])
      .where('account_id', '=', accountId)
      .where('removed', 'is', null)
      .execute();
  const asked = (await machines()).map(({ id, state }) =>
    ['Destroyed', 'Error', 'Expunging'].includes(state)
      ? machineJob('expunge-virtual-machine', id)
      : machineJob('destroy-and-expunge-virtual-machine', id, { forced: true }),
  );
  const done = await haveDone(run, 'destroyVirtualMachine', asked);
  refuseWhereLeft('virtual machine', await machines(), done);
}

/** Their rows go at once; the files follow, also from hosts that are away. */
async function deleteVolumes(run: Run, accountId: string): Promise<void> {
  const owner = await run.db
    .selectFrom('job')
    .select(['account_id as accountId', 'domain_id as domainId'])
    .where('id', '=', run.jobId)
    .executeTakeFirstOrThrow();
  await run.db.transaction().execute(async (tx) => {
    const volumes = await tx
      .selectFrom('volume')
      .select('id')
      .where('account_id', '=', accountId)
      .where('removed', 'is', null)
      .where('virtual_machine_id', 'is', null)
      .forUpdate()
      .execute();
    for (const { id } of volumes) await run.jobs.enqueue(tx, await forgetVolume(tx, id), { command: 'deleteVolume', ...owner });
  });
  refuseWhereLeft('volume', await livingOf(run, 'volume', accountId), []);
}

async function deleteTemplates(run: Run, accountId: string): Promise<void> {
  const templates = (): Promise<Named[]> => livingOf(run, 'template', accountId);
  const asked = (await templates()).map(({ id }) => about('delete-template', 'Template', id, { templateId: id }));
  const done = await haveDone(run, 'deleteTemplate', asked);
  refuseWhereLeft('template', await templates(), done);
}

async function deleteNetworks(run: Run, accountId: string): Promise<void> {
  await handOverShared(run, accountId);
  const networks = (): Promise<Named[]> => livingOf(run, 'network', accountId);
  const asked = (await networks()).map(({ id }) => about('delete-network', 'Network', id, { networkId: id }));
  const done = await haveDone(run, 'deleteNetwork', asked);
  refuseWhereLeft('network', await networks(), done);
}

const livingOf = ({ db }: Run, table: 'volume' | 'template' | 'network', accountId: string): Promise<Named[]> =>
  db
    .selectFrom(table as 'volume')
    .select(['id', 'name'])
    .where('account_id', '=', accountId)
    .where('removed', 'is', null)
    .execute();

const about = (saga: string, type: string, id: string, state: object): JobRequest => ({
  saga,
  state: { ...state },
  subject: id,
  instance: { type, id },
});

/** Networks that everybody uses are the cloud's rather than the account's: the built-in admin has them from now on. */
async function handOverShared({ db }: Run, accountId: string): Promise<void> {
  const admin = await builtInAccount(db);
  await db
    .updateTable('network')
    .set({ account_id: admin.id, domain_id: admin.domain_id })
    .where('account_id', '=', accountId)
    .where('acl_type', '=', 'Domain')
    .where('removed', 'is', null)
    .execute();
}

/** Keys, tags and notes: rows that nothing else hangs on. */
async function deleteSmallThings({ db }: Run, accountId: string): Promise<void> {
  await db.deleteFrom('ssh_key_pair').where('account_id', '=', accountId).execute();
  await sql`
    delete from resource_tag where account_id = ${accountId} or resource_id = ${accountId}
      or resource_id in (select id from users where account_id = ${accountId})`.execute(db);
  await db.deleteFrom('resource_limit').where('account_id', '=', accountId).execute();
  await db.deleteFrom('setting').where('scope', '=', 'account').where('scope_id', '=', accountId).execute();
  await db
    .updateTable('annotation')
    .set({ removed: new Date() })
    .where('account_id', '=', accountId)
    .where('removed', 'is', null)
    .execute();
}

const mostTold = 3;

/** @throws {CloudError} `in-use`: what could not be removed, and why. */
function refuseWhereLeft(kind: string, left: readonly Named[], done: readonly Child[]): void {
  if (left.length === 0) return;
  const why = new Map(done.map(({ request, error }) => [request.instance!.id, error]));
  const more = left.length > mostTold ? ` and ${left.length - mostTold} more` : '';
  const plural = left.length === 1 ? kind : `${left.length} ${kind}s`;
  throw repeated('in-use', (reader) => {
    const told = left
      .slice(0, mostTold)
      .map(({ id, name }) => `${name} (${why.get(id)?.[reader] ?? 'it came or was taken up meanwhile'})`);
    return `It could not be emptied, for the ${plural} could not be removed: ${told.join('; ')}${more}. What else went before is gone; mend the cause and delete it again.`;
  });
}
