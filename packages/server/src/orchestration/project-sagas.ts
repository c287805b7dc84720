import { projectResponses } from '../api/handlers/project-rows.ts';
import { CloudError } from '../error.ts';
import { haveDone } from './child-jobs.ts';
import { emptySteps } from './empty-account.ts';
import { machineJob } from './machine-job.ts';
import { type Run, saga } from './saga.ts';

type InProject = { readonly projectId: string };

const shown = async (run: Run, { projectId }: InProject) => ({ project: (await projectResponses(run, [projectId]))[0]! });
const written = { do: async () => {}, undo: { nothing: 'the command itself wrote it' } };

/** Rows that the command itself wrote whole: the jobs are there because clients wait for them. */
const changeProject = saga<InProject>('change-project', { result: shown }).step('written', written);
const changeMembers = saga<InProject>('change-project-members').step('written', written);

/** The command made it Suspended: nothing starts meanwhile. */
const suspendProject = saga<InProject>('suspend-project', { result: shown }).step('machines', {
  do: stopMachines,
  undo: { nothing: 'it stays suspended, and what stopped stays stopped; suspending again goes on' },
});

type Deletion = InProject & { readonly accountId: string };

/** The command made it Disabled: nothing new comes. Members see it until it is empty. */
const deleteProject = emptySteps(saga<Deletion>('delete-project')).step('removed', {
  do: forgetProject,
  undo: { nothing: 'what is removed is removed; deleting again goes on' },
});

export const projectSagas = [changeProject, changeMembers, suspendProject, deleteProject];

const running = ({ db }: Run, projectId: string) =>
  db
    .selectFrom('virtual_machine')
    .select(['id', 'display_name'])
    .where('project_id', '=', projectId)
    .where('state', 'in', ['Starting', 'Running', 'Stopping', 'Migrating'])
    .where('removed', 'is', null)
    .execute();

/** @throws {CloudError} `conflict`: which machines did not stop, and why. */
async function stopMachines(run: Run, { projectId }: InProject): Promise<void> {
  const machines = await running(run, projectId);
  const asked = machines.map(({ id }) => machineJob('stop-virtual-machine', id, { forced: false }));
  const done = await haveDone(run, 'stopVirtualMachine', asked);
  const left = (await running(run, projectId)).map(({ id, display_name }) => {
    const error = done.find(({ request }) => request.instance!.id === id)?.error;
    return `${display_name} (${error ?? 'it was started meanwhile'})`;
  });
  if (left.length > 0)
    throw new CloudError(
      'conflict',
      `The project is suspended, but ${left.length} of its virtual machines did not stop: ${left.slice(0, 3).join('; ')}. Suspend it again.`,
    );
}

export async function forgetProject({ db }: Run, { projectId, accountId }: Deletion): Promise<void> {
  const removed = new Date();
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('project_member').where('project_id', '=', projectId).execute();
    await tx.deleteFrom('project_invitation').where('project_id', '=', projectId).execute();
    await tx.deleteFrom('resource_tag').where('resource_id', '=', projectId).execute();
    await tx.updateTable('project_role').set({ removed }).where('project_id', '=', projectId).execute();
    await tx.updateTable('project').set({ removed }).where('id', '=', projectId).execute();
    await tx.updateTable('account').set({ removed, state: 'disabled' }).where('id', '=', accountId).execute();
  });
}
