import { type RawBuilder, sql } from 'kysely';
import { haveDone, repeated } from './child-jobs.ts';
import { machineJob } from './machine-job.ts';
import type { Run } from './saga.ts';

const up = sql<boolean>`state in ('Starting', 'Running', 'Stopping', 'Migrating')`;
/** One that is to be started, by a job that was there before, is stopped when it has been. */
const upSoon = sql<boolean>`exists (select from job where status = 0 and instance_id = virtual_machine.id)`;

const machinesOf = ({ db }: Run, accountId: string, which: RawBuilder<boolean>) =>
  db
    .selectFrom('virtual_machine')
    .select(['id', 'display_name'])
    .where('account_id', '=', accountId)
    .where(which)
    .where('removed', 'is', null)
    .execute();

/**
 * Stops the machines of an account (a project's too) that may start none: `is` says why, `again` what is to be done where some did not stop.
 * @throws {CloudError} `conflict`: which ones, and why.
 */
export async function stopMachines(
  run: Run,
  accountId: string,
  { is, again }: { readonly is: string; readonly again: string },
): Promise<void> {
  const asked = (await machinesOf(run, accountId, sql<boolean>`(${up} or ${upSoon})`)).map(({ id }) =>
    machineJob('stop-virtual-machine', id, { forced: false }),
  );
  const done = await haveDone(run, 'stopVirtualMachine', asked);
  const left = await machinesOf(run, accountId, up);
  const why = new Map(done.map(({ request, error }) => [request.instance!.id, error]));
  if (left.length > 0)
    throw repeated('conflict', (reader) => {
      const told = left
        .slice(0, 3)
        .map(({ id, display_name }) => `${display_name} (${why.get(id)?.[reader] ?? 'it was started meanwhile'})`);
      return `${is}, but ${left.length} of its virtual machines did not stop: ${told.join('; ')}. ${again}.`;
    });
}
