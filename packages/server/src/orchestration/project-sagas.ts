import { projectResponses } from '../api/handlers/project-rows.ts';
import { emptySteps } from './empty-account.ts';
import { type Run, saga } from './saga.ts';
import { stopMachines } from './stop-machines.ts';

type InProject = { readonly projectId: string };
/** With the account that owns what it has. */
type Owning = InProject & { readonly accountId: string };

const shown = async (run: Run, { projectId }: InProject) => ({ project: (await projectResponses(run, [projectId]))[0]! });
const written = { do: async () => {}, undo: { nothing: 'the command itself wrote it' } };

/** Rows that the command itself wrote whole: the jobs are there because clients wait for them. */
const changeProject = saga<InProject>('change-project', { result: shown }).step('written', written);
const changeMembers = saga<InProject>('change-project-members').step('written', written);

/** The command made it Suspended: nothing starts meanwhile. */
export const suspendProject = saga<Owning>('suspend-project', { result: shown }).step('machines', {
  do: (run, { accountId }) => stopMachines(run, accountId, { is: 'The project is suspended', again: 'Suspend it again' }),
  undo: { nothing: 'it stays suspended, and what stopped stays stopped; suspending again goes on' },
});

/** The command made it Disabled: nothing new comes. Members see it until it is empty. */
export const deleteProject = emptySteps(saga<Owning>('delete-project')).step('removed', {
  do: forgetProject,
  undo: { nothing: 'what is removed is removed; deleting again goes on' },
});

export const projectSagas = [changeProject, changeMembers, suspendProject, deleteProject];

/** An empty project goes, and everybody out of it. */
export async function forgetProject({ db }: Run, { projectId, accountId }: Owning): Promise<void> {
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
